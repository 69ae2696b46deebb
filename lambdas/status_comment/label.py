"""The status label that says on the list of issues what the status comment says in full.

Place in the flow: execution_events and the sweeper, after the comment. Whoever refuses an issue, queues it or asks a
question labels it at once; this repairs what they could not. One cost: reads everything that the comment shows.
"""

from __future__ import annotations

from contracts import names
from lambdas.services import Services
from lambdas.status_comment.phase import label_of, phase_of
from lambdas.status_comment.state import Truth


def show_label(services: Services, repository: str, number: int) -> None:
    """Give the issue the label of its phase; an issue in line carries none of ours.

    Raises:
        GitHubError: GitHub refused.
    """
    state = Truth(services).of(services.records.read(repository, number))
    if state is None:
        return
    phase = phase_of(state)
    if phase == "queued":
        services.github.set_status_label(repository, number, None)
    elif phase == "refused":
        services.github.set_status_label(repository, number, names.LABEL_FAILED)
    elif state.newest is not None:
        services.github.set_status_label(repository, number, label_of(state.newest))
