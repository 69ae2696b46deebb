"""SageMaker Pipelines on this machine: engine, jobs, AWS endpoint, GitHub stand-in. Reads definition JSON only."""
