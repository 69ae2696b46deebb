"""The training pipeline as SageMaker receives it: built with the SDK, checked, shipped compiled, drawn and started."""
