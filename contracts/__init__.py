"""The shared vocabulary: what every room may know.

Standard library and PyYAML only; no I/O, no clock, no environment.
"""
