"""An issue's body read: its configuration, everything that is wrong with it, and the data set as it is now.

Place in the flow: start_execution reads a body where a start or a refusal may follow. One cost: two listings in S3 and
the data set's card, each time.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Any

from contracts.findings import Finding
from contracts.hyperparameters import canonical_json
from contracts.issue_text import parse_issue
from contracts.training_config import TrainingConfig
from lambdas.start_execution.dataset import card_of, dataset_ids, files_of, fingerprint, unknown_dataset


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body says.

    Attributes:
        config: None where it cannot be understood.
        findings: what forbids a start; a configuration may be understood and still name a data set that is not there.
        fingerprint: of the data set's files, as far as there are any.
    """

    config: TrainingConfig | None
    findings: tuple[Finding, ...]
    fingerprint: str = ""

    @property
    def revision(self) -> str:
        """SHA-256 of the configuration, whatever prose stands around it; empty where there is none."""
        if self.config is None:
            return ""
        return hashlib.sha256(canonical_json(dataclasses.asdict(self.config)).encode()).hexdigest()

    @property
    def valid(self) -> bool:
        """Whether it may be started."""
        return self.config is not None and not self.findings


def read_body(body: str, s3: Any, bucket: str) -> Reading:
    """Parse a body, with what its data set says of itself, and look whether the data set is there."""
    parsed = parse_issue(body, lambda dataset_id: card_of(s3, bucket, dataset_id))
    if parsed.config is None:
        return Reading(None, parsed.findings)
    dataset_id = parsed.config.dataset_id
    files = files_of(s3, bucket, dataset_id)
    if not files:
        missing = unknown_dataset(dataset_id, dataset_ids(s3, bucket))
        return Reading(parsed.config, (*parsed.findings, missing))
    return Reading(parsed.config, parsed.findings, fingerprint(files))
