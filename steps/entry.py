"""The bundle's command line: ``steps.pyz prepare-data | train | evaluate``.

First code that runs in a job: checks libraries, imports the one step that was asked for, and turns its end
into an exit status and one line in ``output/failure``.
Cost: an unexpected error is caught here on purpose, so that the issue gets a reason; the traceback is
in the log.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence

from contracts.errors import IssueOpsError
from steps.bundle import beside_bundle
from steps.dependencies import ensure_dependencies
from steps.runtime import Runtime

COMMANDS = {
    "prepare-data": "steps.processing.prepare_data",
    "train": "steps.training.train",
    "evaluate": "steps.evaluation.evaluate",
}


def main(arguments: Sequence[str]) -> int:
    """Run one step; 0 done, 1 failed (reason in output/failure), 2 unknown command."""
    runtime = Runtime.current()
    command = arguments[0] if arguments else ""
    if command not in COMMANDS:
        reason = f"Unknown step '{command}'; expected one of {', '.join(COMMANDS)}."
        print(runtime.write_failure(reason), file=sys.stderr)
        return 2
    try:
        ensure_dependencies(command, beside_bundle("wheels"))
        importlib.import_module(COMMANDS[command]).main(list(arguments[1:]), runtime)
    except IssueOpsError as error:
        print(runtime.write_failure(str(error)), file=sys.stderr)
        return 1
    except MemoryError:
        reason = "The job ran out of memory. Choose a larger instance type or a smaller model."
        print(runtime.write_failure(reason), file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - the run loop's edge: any end must leave a reason
        traceback.print_exc()
        runtime.write_failure(f"Unexpected {type(error).__name__} in {command}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
