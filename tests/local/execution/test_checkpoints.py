"""Checkpoints outlive the job, the engine and the machine; whoever is stopped may save first."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.execution.checkpoints import Checkpoints
from local.execution.job_folder import JobFolder
from local.object_store import ObjectStore
from tests.local.execution.bench import BUCKET, Bench, training, until
from tests.local.execution.test_jobs import policies, running
from tests.local.execution.test_kill import DRIVER

KEPT = {"CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints"}}
# Counts epochs from the one in its checkpoint on; FAIL_EVERY ends it by a signal, as a lost spot instance is.
TRAIN = """
import os, pathlib, time
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
kept = base / "checkpoints" / "epoch"
fail_every = int(os.environ.get("FAIL_EVERY", "0"))
epoch = int(kept.read_text()) if kept.exists() else 0
with open(os.environ["LOG"], "a", buffering=1) as log:
    print("begin", epoch, os.getpid(), file=log)
    while epoch < 60:
        time.sleep(0.01 if fail_every else 0.04)
        epoch += 1
        draft = kept.with_suffix(".new")
        draft.write_text(str(epoch))
        draft.rename(kept)
        print("epoch", epoch, file=log)
        if fail_every and epoch % fail_every == 0:
            os.kill(os.getpid(), 9)
(base / "model" / "m").write_text(str(epoch))
"""


def numbers(log: Path, word: str) -> list[int]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[1]) for line in lines if line.startswith(word) and len(line.split()) > 1]


def train_step(bench: Bench, log: Path, script: str = TRAIN, **more: Any) -> dict[str, Any]:
    environment = {"LOG": str(log)} | more.pop("environment", {})
    return training("T", bench.put("code/train.py", script), request=KEPT | {"Environment": environment}, **more)


@pytest.mark.parametrize("machine_is_lost", [False, True])
def test_a_training_killed_with_its_engine_goes_on_from_its_checkpoint(tmp_path: Path, machine_is_lost: bool) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    bench = Bench(home)
    bench.put("code/train.py", TRAIN)
    bench.close()
    process = subprocess.Popen([sys.executable, str(DRIVER), str(home), str(log), "train"])
    try:
        until(lambda: max(numbers(log, "epoch"), default=0) >= 25)
    finally:
        process.kill()
        process.wait()
    if machine_is_lost:
        job = int(log.read_text().split()[2])
        os.kill(job, signal.SIGKILL)
        until(lambda: not running(job))
        shutil.rmtree(home / "jobs")
    reached = max(numbers(log, "epoch"))
    assert reached < 60

    bench = Bench(home)
    (arn,) = bench.engine.resume()
    assert bench.wait(arn) == "Succeeded", bench.reason(arn)
    bench.close()

    first, second = numbers(log, "begin")
    assert first == 0
    assert second >= (15 if machine_is_lost else reached)
    assert max(numbers(log, "epoch")) == 60
    assert len(numbers(log, "epoch")) <= 60 + (reached - second if machine_is_lost else 0)


def test_an_attempt_after_a_lost_instance_goes_on_where_the_last_one_was(bench: Bench, tmp_path: Path) -> None:
    log = tmp_path / "log"
    lost = train_step(bench, log, environment={"FAIL_EVERY": "20"}, **policies(MaxAttempts=3, IntervalSeconds=0.01))
    arn, status = bench.run(lost)
    assert status == "Failed"
    assert numbers(log, "begin") == [0, 20, 40]
    assert bench.text("checkpoints/epoch") == "60"

    bench.engine.retry_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Succeeded"
    assert numbers(log, "begin") == [0, 20, 40, 60]


def test_a_checkpoint_is_in_the_store_while_the_job_still_works(bench: Bench, tmp_path: Path) -> None:
    arn = bench.start(train_step(bench, tmp_path / "log"))
    until(lambda: bench.objects.exists(BUCKET, "checkpoints/epoch"))
    assert bench.statuses(arn) == {"T": "Executing"}
    seen = int(bench.text("checkpoints/epoch"))
    until(lambda: int(bench.text("checkpoints/epoch")) > seen)
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Stopped"


SAVES_ON_SIGTERM = """
import os, pathlib, signal, sys, time
kept = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"]) / "checkpoints" / "state"
def save(*_):
    time.sleep(0.3)
    kept.write_text("saved")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
open(os.environ["LOG"], "w").write("ready")
time.sleep(60)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_a_stopped_job_may_save_its_work_first(bench: Bench, log: Path) -> None:
    arn = bench.start(train_step(bench, log, SAVES_ON_SIGTERM))
    until(log.exists)
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Stopped"
    assert bench.text("checkpoints/state") == "saved"


def test_a_job_beyond_its_time_may_save_its_work_first(bench: Bench, log: Path) -> None:
    step = train_step(bench, log, SAVES_ON_SIGTERM)
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    arn, status = bench.run(step)
    assert status == "Failed"
    assert "exceeded its time" in bench.reason(arn)
    assert bench.text("checkpoints/state") == "saved"


def test_a_job_may_save_its_work_when_the_engine_closes(bench: Bench, log: Path) -> None:
    arn = bench.start(train_step(bench, log, SAVES_ON_SIGTERM))
    until(log.exists)
    bench.reopen()
    assert bench.statuses(arn) == {"T": "Executing"}
    assert bench.text("checkpoints/state") == "saved"


def test_a_job_that_will_not_end_is_killed_after_the_grace(tmp_path: Path, log: Path) -> None:
    deaf = (
        "import os,signal,time; signal.signal(15, signal.SIG_IGN); open(os.environ['LOG'],'w').close(); time.sleep(60)"
    )
    bench = Bench(tmp_path / "home", grace_seconds=0.4)
    arn = bench.start(train_step(bench, log, deaf))
    until(log.exists)
    began = time.monotonic()
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Stopped"
    assert 0.4 <= time.monotonic() - began < 5
    bench.close()


def test_checkpoints_that_have_become_a_link_are_refused(bench: Bench, log: Path) -> None:
    script = (
        "import os,shutil; p=os.environ['SAGEMAKER_BASE_DIR']+'/checkpoints'; shutil.rmtree(p); os.symlink('/etc', p)"
    )
    arn, status = bench.run(train_step(bench, log, script))
    assert status == "Failed"
    assert "has become a link" in bench.reason(arn)
    assert list(bench.objects.list(BUCKET, "checkpoints/")) == []


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    made = ObjectStore(tmp_path / "s3")
    made.create_bucket(BUCKET)
    yield made
    made.close()


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_round(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.reset()
    kept = folder.base / "checkpoints"
    checkpoints = Checkpoints(store, folder, kept, f"s3://{BUCKET}/c", seconds=0.02)
    checkpoints.restore()
    rounds: list[bool] = []
    copy = shutil.copyfile

    def copy_while_writing(source: Path, target: Path) -> None:
        copy(source, target)
        rounds.append(store.exists(BUCKET, "c/state"))
        if len(rounds) == 1:
            source.write_text("whole state")

    monkeypatch.setattr(shutil, "copyfile", copy_while_writing)
    with checkpoints.kept():
        (kept / "state").write_text("half")
        until(lambda: store.exists(BUCKET, "c/state"))
    assert rounds[:2] == [False, False]
    assert store.read_bytes(BUCKET, "c/state") == b"whole state"
    assert not list(folder.path.glob("checkpoint*"))


def test_files_that_belong_together_are_stored_as_of_one_moment(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.reset()
    kept = folder.base / "checkpoints"
    checkpoints = Checkpoints(store, folder, kept, f"s3://{BUCKET}/c", seconds=0.02)
    checkpoints.restore()

    def save(epoch: int) -> None:
        """As trainers do: write a new folder, and rename it into place."""
        new = kept / "new"
        new.mkdir()
        for name in ("state", "weights"):
            (new / name).write_text(str(epoch))
        if (kept / "model").exists():
            shutil.rmtree(kept / "model")
        new.rename(kept / "model")

    copy, pairs = shutil.copyfile, set()

    def copy_while_saving(source: Path, target: Path) -> None:
        copy(source, target)
        if source.name == "state" and len(pairs) < 3:
            pairs.add(source.read_text())
            save(len(pairs) + 1)

    monkeypatch.setattr(shutil, "copyfile", copy_while_saving)
    save(1)
    with checkpoints.kept():
        until(lambda: store.exists(BUCKET, "c/model/weights"))
    assert store.read_bytes(BUCKET, "c/model/state") == store.read_bytes(BUCKET, "c/model/weights") == b"4"
