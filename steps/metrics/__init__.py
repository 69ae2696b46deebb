"""Metrics over numpy arrays, one module per task; TrainModel prints them, EvaluateModel judges by them."""
