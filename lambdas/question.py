"""How an operator's question is found again on its issue: the marker of the comment that asks it.

Place in the flow: operator_request puts the question, operator_reply looks whether a comment stands below it. Pure. One
cost: each question is a comment of its own, also the second one of an execution that was retried.
"""

from __future__ import annotations

import hashlib

KIND = "retrain_required"


def scope(execution_arn: str, token: str) -> str:
    """What the marker names: this execution's question with this token, which itself is nobody's to read."""
    digest = hashlib.sha256(token.encode()).hexdigest()[:12]
    return f"{execution_arn.rsplit('/', 1)[-1]}-{digest}"
