"""The Evaluation Agent: metrics, their spread, the judge's margin and a readable report."""
