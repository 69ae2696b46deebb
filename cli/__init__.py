"""The `issueops` command: the house on one machine, and the same functions a terminal user needs."""
