"""Trained models as files: one module per storage format, all behind one protocol."""
