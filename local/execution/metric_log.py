"""Reads metric values off a job's log lines, as CloudWatch does by the job's metric definitions.

Place in the flow: `jobs` puts it between a training process and whoever else reads the lines; DescribeTrainingJob
shows the last value of each metric. One cost: only the first 2,000 characters of a line are searched.

Source: AlgorithmSpecification.MetricDefinitions, FinalMetricDataList.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.execution.ports import StepError

SEARCHED_CHARACTERS = 2000
REPORT_SECONDS = 1.0


class MetricLog:
    """Called with each line.

    Args:
        definitions: metric definitions of the request.
        on_line: told every line.
        report: told the values so far, at most once in `REPORT_SECONDS`.
    """

    def __init__(
        self,
        definitions: Sequence[Mapping[str, str]],
        on_line: Callable[[str], None],
        report: Callable[[list[dict[str, Any]]], None],
    ) -> None:
        try:
            self._patterns = [(d["Name"], re.compile(d["Regex"])) for d in definitions]
        except re.error as error:
            raise StepError(f"a metric definition's Regex cannot be read: {error}", "ClientError") from error
        self._values: dict[str, tuple[float, float]] = {}
        self._on_line, self._report = on_line, report
        self._reported = 0.0

    def __call__(self, line: str) -> None:
        if self._read(line[:SEARCHED_CHARACTERS]) and time.monotonic() - self._reported >= REPORT_SECONDS:
            self._reported = time.monotonic()
            self._report(self.values())
        self._on_line(line)

    def values(self) -> list[dict[str, Any]]:
        """FinalMetricDataList: the last value of each metric, and when it came."""
        return [{"MetricName": name, "Value": value, "Timestamp": at} for name, (value, at) in self._values.items()]

    def _read(self, line: str) -> bool:
        found = False
        for name, pattern in self._patterns:
            match = pattern.search(line)
            if match is None:
                continue
            try:
                value = float(match.group(1))
            except (ValueError, IndexError):
                continue
            if math.isfinite(value):
                self._values[name] = value, time.time()
                found = True
        return found
