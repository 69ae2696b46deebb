"""Puts the pipeline's question to the operator."""
