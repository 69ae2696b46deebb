"""Measured claims, each with the command that measures it. `make bench` runs them all."""
