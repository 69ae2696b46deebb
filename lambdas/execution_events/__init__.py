"""What SageMaker does becomes visible on the issue: places, status comment, label, terminal news."""
