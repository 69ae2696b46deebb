"""One step's attempts: work, and work again where a retry policy asks for it.

Place in the flow: the runner calls `run_attempts` in the step's own thread; it returns what the runner journals. It
never raises, since nobody would hear. One cost: an attempt's wait occupies its thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from local.api_errors import ApiError
from local.execution.definition import Step
from local.execution.executors import Result
from local.execution.ports import InterruptedStepError, StepError
from local.execution.retry import next_delay

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """A step has ended: with a result, with an error, or (neither) interrupted because the engine closes."""

    step: Step
    result: Result | None = None
    error: StepError | None = None


def run_attempts(
    step: Step,
    *,
    attempt: int,
    work: Callable[[int], Result],
    record: Callable[[int], None],
    pause: Callable[[float], bool],
) -> Done:
    """Work until the step succeeds, fails for good or is interrupted.

    Args:
        attempt: the first attempt's number, from 1.
        work: one attempt, given its number.
        record: told the number of each further attempt, before it begins.
        pause: waits that many seconds; False where no further attempt is wanted.
    """
    started = time.monotonic()
    policies = step.raw.get("RetryPolicies") or []
    try:
        while True:
            try:
                return Done(step, result=work(attempt))
            except StepError as failure:
                error = failure
            except ApiError as failure:
                error = StepError(failure.message, "ClientError")
            except OSError as failure:
                logger.exception("step %s broke", step.name)
                error = StepError(f"{type(failure).__name__}: {failure}", "Step.SERVICE_FAULT")
            elapsed = time.monotonic() - started
            delay = next_delay(policies, error.exception_type, attempt=attempt, elapsed=elapsed)
            if delay is None or not pause(delay):
                return Done(step, error=error)
            attempt += 1
            record(attempt)
    except InterruptedStepError:
        return Done(step)
    except Exception as failure:
        logger.exception("step %s broke", step.name)
        return Done(step, error=StepError(f"{type(failure).__name__}: {failure}", "InternalError"))
