"""The AWS Lambda functions: one folder each, a thin `handler.py` around pure modules.

Place in the flow: the pipeline's Lambda steps, the callback queue and the issue's events call them. What two of them
need lies here, at the top; functions do not import each other. One cost: all share one deployment's dependencies
(boto3, PyGithub); `rollback` and `retrain` import no PyGithub.
"""
