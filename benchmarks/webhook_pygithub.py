"""The webhook as it would be with PyGithub at the top: the same handler, for `benchmarks.webhook` to measure.

Cost: what this file is there to show.
"""

import github  # noqa: F401 - the import is what is measured

from lambdas.issue_webhook.handler import handler

__all__ = ["handler"]
