"""Says which model stands after a failed or rejected training."""
