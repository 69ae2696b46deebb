"""What runs inside the containers: PrepareData, TrainModel and EvaluateModel, and the modules they share.

A step sees its arguments, the ``/opt/ml`` directories and environment variables, nothing else.
"""
