"""Reads an issue and starts its training, once."""
