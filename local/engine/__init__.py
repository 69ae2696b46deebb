"""Executes SageMaker Pipelines definitions: parses, schedules, runs jobs as subprocesses, journals every transition."""
