"""Build entry point that the AWS SageMaker project template expects; all metadata is in pyproject.toml."""

from setuptools import setup

setup()
