"""The status label that says on the list of issues what the status comment says in full.

Place in the flow: execution_events and the sweeper, after the comment. Whoever refuses an issue, queues it or asks a
question labels it at once; this repairs what they could not. One cost: reads everything that the comment shows, twice
where the label changes.
"""

from __future__ import annotations

from contracts import names
from lambdas.services import Services
from lambdas.status_comment.phase import Phase, label_of, phase_of
from lambdas.status_comment.records import IssueState
from lambdas.status_comment.state import Truth

# As often a change is followed by a look whether it is still right.
LOOKS = 4


def show_label(services: Services, repository: str, number: int) -> None:
    """Give the issue the label of its phase; an issue in line carries none of ours.

    What was read is old by the time it is written, and after the last event of a run nobody would come to correct it.
    So whoever changed the label looks again afterwards.

    Raises:
        GitHubError: GitHub refused.
    """
    truth = Truth(services)
    for _ in range(LOOKS):
        state = truth.of(services.records.read(repository, number))
        phase = phase_of(state) if state is not None else "idle"
        if state is None or (phase not in ("queued", "refused") and state.newest is None):
            return
        if not services.github.set_status_label(repository, number, _label(state, phase)):
            return


def _label(state: IssueState, phase: Phase) -> str | None:
    if phase == "queued" or state.newest is None:
        return None if phase == "queued" else names.LABEL_FAILED
    return names.LABEL_FAILED if phase == "refused" else label_of(state.newest)
