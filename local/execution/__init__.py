"""Executes pipeline definitions: parse, schedule, run, remember."""
