"""Takes the operator's answer from a comment."""
