"""Tells the issue how its run ended."""
