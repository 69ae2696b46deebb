"""A process that starts or resumes a pipeline on a home; tests end it with SIGKILL.

`driver.py HOME` runs the whole killable pipeline, `driver.py HOME PID` a job that sleeps, `driver.py HOME LOG train` a
training that writes checkpoints.
"""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))
# Some distribution installs a package `tests`, which would come before a folder without `__init__.py`.
sys.modules["tests"] = types.ModuleType("tests")
sys.modules["tests"].__path__ = [str(ROOT / "tests")]

from tests.local.execution.bench import BUCKET, Bench, callback, function, processing, training  # noqa: E402

WORK = """
import os, sys, time
log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(log, f'["job {sys.argv[2]}", {os.getpid()}]\\n'.encode())
time.sleep(0.05)
open(sys.argv[3] + "/out.txt", "w").write("done")
"""
MODEL = "import os, time; time.sleep(0.05); open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('m')"


def steps(log: Path) -> list[dict[str, Any]]:
    """Job, then training and a callback side by side, registration, and a function at the end."""
    code, model = f"s3://{BUCKET}/code/work.py", f"s3://{BUCKET}/code/model.py"
    arguments = [str(log), "A", "/opt/ml/processing/out"]
    artefact = {"Get": "Steps.T.ModelArtifacts.S3ModelArtifacts"}
    return [
        processing("A", code, arguments=arguments, CacheConfig={"Enabled": True, "ExpireAfter": "P1D"}),
        training("T", model, DependsOn=["A"]),
        callback("Ask", DependsOn=["A"]),
        {"Name": "R", "Type": "RegisterModel", "Arguments": {"ModelDataUrl": artefact}, "DependsOn": ["Ask"]},
        function("End", DependsOn=["R"]),
    ]


def main(home: Path) -> None:
    """Start, unless an execution exists; answer the callback; leave when it has ended."""
    log = home / "log.jsonl"
    bench = Bench(home, log=log)
    bench.put("code/work.py", WORK)
    bench.put("code/model.py", MODEL)
    engine = bench.engine
    if not engine.list_pipelines({})["PipelineSummaries"]:
        arn = bench.start(*steps(log))
    else:
        known = engine.list_pipeline_executions({"PipelineName": "P"})["PipelineExecutionSummaries"]
        unfinished = engine.resume()
        arn = known[0]["PipelineExecutionArn"] if known else bench.start(*steps(log))
        assert unfinished in ([], [arn])
    print("ready", flush=True)
    while (status := engine.wait(arn)) == "Waiting":
        for message in bench.messages:
            token = message["token"]
            row = bench.steps(arn)["Ask"]
            if row["StepStatus"] == "Executing":
                assert row["Metadata"]["Callback"]["CallbackToken"] == token
                engine.send_pipeline_execution_step_success({"CallbackToken": token})
        time.sleep(0.005)
    print(status, flush=True)
    bench.close()


def sleep_in_a_job(home: Path, pid: str) -> None:
    """Start a job that is given `pid` as its argument, and do nothing."""
    Bench(home).start(processing("Slow", f"s3://{BUCKET}/code/x.py", arguments=[pid]))
    time.sleep(60)


def train(home: Path, log: str) -> None:
    """Start the training that lies at code/train.py, and do nothing."""
    request = {"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints"}, "Environment": {"LOG": log}}
    Bench(home).start(training("T", f"s3://{BUCKET}/code/train.py", request=request))
    time.sleep(60)


if __name__ == "__main__":
    if sys.argv[3:] == ["train"]:
        train(Path(sys.argv[1]), sys.argv[2])
    if len(sys.argv) > 2:
        sleep_in_a_job(Path(sys.argv[1]), sys.argv[2])
    main(Path(sys.argv[1]))
