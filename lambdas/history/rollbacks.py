"""training_history/rollbacks.md: one row for every rollback, the newest first.

Place in the flow: `writing` commits it after the registry was changed. Pure. One cost: what was changed in Studio is
not in it; the registry's own events are.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.errors import ConfigError
from lambdas.edge import Fields
from lambdas.history.run_file import FOLDER
from lambdas.history.table_file import TableFile
from lambdas.report_text import UNKNOWN, cell

ROLLBACKS_PATH = f"{FOLDER}/rollbacks.md"
ROLLBACKS = TableFile(
    title="Rollbacks",
    head=("when (UTC)", "model", "from version", "to version", "status", "by", "reason", "issue", "asked in"),
    key=8,
    left_out="Older rollbacks are in this file's git history.",
)


@dataclass(frozen=True, slots=True)
class Rollback:
    """One rollback, as it is remembered.

    Attributes:
        happened: when it was asked for, with a time zone.
        rollback_status: what the registry says became of it.
        current_model_version: in force now; empty for none.
        previous_model_version: in force before; empty for none.
        reference: tells it from all others: the comment that asked for it, for example `comment 123`.
    """

    repository: str
    issue_number: int
    model_package_group_name: str
    rollback_status: str
    current_model_version: str
    previous_model_version: str
    operator: str
    reason: str
    happened: datetime
    reference: str

    def to_fields(self) -> dict[str, str | int]:
        """As it travels on the queue."""
        return {**dataclasses.asdict(self), "happened": self.happened.isoformat()}

    @classmethod
    def from_fields(cls, fields: Fields) -> Rollback:
        """Raises ConfigError: a member is missing or of the wrong type."""
        moment = fields.text("happened")
        try:
            happened = datetime.fromisoformat(moment)
        except ValueError as error:
            raise ConfigError(f"'happened' must be a moment in ISO 8601, got '{moment[:60]}'.") from error
        return cls(
            repository=fields.text("repository"),
            issue_number=fields.integer("issue_number"),
            model_package_group_name=fields.text("model_package_group_name"),
            rollback_status=fields.text("rollback_status"),
            current_model_version=fields.text("current_model_version", ""),
            previous_model_version=fields.text("previous_model_version", ""),
            operator=fields.text("operator"),
            reason=fields.text("reason", ""),
            happened=happened,
            reference=fields.text("reference"),
        )


def rollbacks_with(text: str | None, rollback: Rollback) -> str:
    """The file that has this rollback, too; `text` is what is there now."""
    return ROLLBACKS.with_row(
        text,
        (
            moment(rollback.happened),
            cell(rollback.model_package_group_name),
            cell(rollback.previous_model_version or UNKNOWN),
            cell(rollback.current_model_version or UNKNOWN),
            cell(rollback.rollback_status),
            cell(rollback.operator),
            cell(rollback.reason or UNKNOWN),
            str(rollback.issue_number),
            cell(rollback.reference),
        ),
    )


def moment(when: datetime) -> str:
    """`2026-11-24 15:31:07`, in UTC; sorts as text."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
