"""What Describe…Job answers for one job, from its creation to its end, however it ends.

Place in the flow: the executor opens a record, `jobs` fills it while the job goes through its stages, and each change
is saved at once. One cost: the record holds the whole request, so every save writes it again.

Source: DescribeTrainingJob, DescribeProcessingJob.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

TRAINING, PROCESSING = "TrainingJob", "ProcessingJob"
_PREFIX = {TRAINING: "Training", PROCESSING: "Processing"}


class JobRecord:
    """One job's description.

    Args:
        kind: TrainingJob or ProcessingJob.
        save: keeps the description; called at every change.
    """

    def __init__(
        self, kind: str, name: str, arn: str, request: Mapping[str, Any], save: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self._kind, self._save = kind, save
        now = time.time()
        self.values: dict[str, Any] = {
            **request,
            f"{kind}Name": name,
            f"{kind}Arn": arn,
            f"{kind}Status": "InProgress",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        self._stage("Starting")
        self.update()

    def update(self, **values: Any) -> None:
        """Set fields and save."""
        self.values |= values
        self.values["LastModifiedTime"] = time.time()
        self._save(self.values)

    def stage(self, name: str, **values: Any) -> None:
        """Enter a stage of a training job (Downloading, Training, Uploading), and set fields."""
        self._stage(name)
        self.update(**values)

    def running(self) -> None:
        """The process is about to start."""
        self.stage("Training", **{f"{_PREFIX[self._kind]}StartTime": time.time()})

    def completed(self, **values: Any) -> dict[str, Any]:
        """The job succeeded; returns its description."""
        self._end("Completed", "Completed", **values)
        return self.values

    def failed(self, reason: str, exception_type: str) -> None:
        """The job failed, was stopped, or exceeded its time, which the service calls stopped, too."""
        if exception_type == "Stopped":
            self._end("Stopped", "Stopped")
        elif exception_type == "MaxRuntimeExceeded":
            self._end("Stopped", exception_type, FailureReason=reason)
        else:
            self._end("Failed", "Failed", FailureReason=reason)

    def _end(self, status: str, stage: str, **values: Any) -> None:
        now, prefix = time.time(), _PREFIX[self._kind]
        self._stage(stage)
        if self._kind == TRAINING:
            self.values["SecondaryStatusTransitions"][-1]["EndTime"] = now
            self.values["TrainingTimeInSeconds"] = int(now - self.values.get("TrainingStartTime", now))
        self.update(**{f"{self._kind}Status": status, f"{prefix}EndTime": now}, **values)

    def _stage(self, name: str) -> None:
        """Training jobs have stages, processing jobs have none."""
        if self._kind != TRAINING:
            return
        now = time.time()
        transitions: list[dict[str, Any]] = self.values.setdefault("SecondaryStatusTransitions", [])
        if transitions:
            transitions[-1].setdefault("EndTime", now)
        transitions.append({"Status": name, "StartTime": now})
        self.values["SecondaryStatus"] = name
