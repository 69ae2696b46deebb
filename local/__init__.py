"""SageMaker Pipelines on this machine: engine, job runner, AWS endpoint, GitHub stand-in. Reads definition JSON only."""
