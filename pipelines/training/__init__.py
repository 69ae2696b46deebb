"""The one parameterised training pipeline."""
