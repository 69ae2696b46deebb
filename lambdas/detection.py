"""Which of GitHub's news may concern us: a cheap look, the same for those who are told and those who ask.

Place in the flow: the webhook and the poller look before they put anything on a queue; who takes it from there looks
properly. Pure, and imports no parser, for the webhook's sake. One cost: what looks like a command costs operator_reply
a request to GitHub even where it stands in a code block.
"""

from __future__ import annotations

import re

from contracts import names

# One of OUR_LABELS makes an issue ours: once a run has begun its status tells as much as mlops:train.
STATUS_LABELS = (names.LABEL_RUNNING, names.LABEL_WAITING, names.LABEL_SUCCEEDED, names.LABEL_FAILED)
OUR_LABELS = frozenset({names.LABEL_TRAIN, *STATUS_LABELS})
_COMMAND_LINE = re.compile(r"(?:\A|[\r\n]) {0,3}/[A-Za-z]")


def may_hold_command(text: str) -> bool:
    """False only where contracts.operator_commands finds nothing to do or to answer; linear in the text's length."""
    return _COMMAND_LINE.search(text) is not None
