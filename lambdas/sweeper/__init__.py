"""Puts right by the clock what no event put right: places, the line, questions that nobody answers."""
