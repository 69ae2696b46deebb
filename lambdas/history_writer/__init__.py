"""Commits the history of a training run, once."""
