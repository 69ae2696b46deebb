"""Starts the next execution with other hyperparameters, once."""
