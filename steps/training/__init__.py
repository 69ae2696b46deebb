"""The Training Agent: one module per framework, chosen by the algorithm catalogue."""
