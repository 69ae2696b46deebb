"""A process with a stack that works until it is killed: executions, approvals, stops. `driver.py HOME`."""

from __future__ import annotations

import sys
import types
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))
# Some distribution installs a package `tests`, which would come before a folder without `__init__.py`.
sys.modules["tests"] = types.ModuleType("tests")
sys.modules["tests"].__path__ = [str(ROOT / "tests")]

from tests.local.queues.stacks import Row, lambda_step, pipeline, stack  # noqa: E402


def main(home: Path) -> None:
    """Work for ever."""
    with stack(home, Row("events.fifo", "keep", batch_size=10), events="events.fifo") as local:
        local.engine.resume()
        local.registry.ensure_group("models")
        pipeline(local, "P", lambda_step("A", "tick"), lambda_step("B", "tick", after="A"))
        print("ready", flush=True)
        for number in range(1_000_000):
            arn = local.engine.start_pipeline_execution({"PipelineName": "P"})["PipelineExecutionArn"]
            package = local.registry.create_model_package({"ModelPackageGroupName": "models"})["ModelPackageArn"]
            if number % 3:
                local.registry.update_model_package({"ModelPackageArn": package, "ModelApprovalStatus": "Approved"})
            local.engine.wait(arn)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
