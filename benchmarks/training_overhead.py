"""TrainModel beside the bare library on the same matrices: what the step adds to a training.

Command: `python -m benchmarks.training_overhead [--rows 100000] [--rounds 5] [--algorithms …]`. Claim: the fit (the
card's training_seconds) takes at most 1.05 times the seconds that the bare script needs for the same: importing the
library, reading the matrices, fitting.
PrepareData makes the matrices from benchmarks.mixed_data; both sides run in turn, a child process each, with the same
hyperparameters, threads and seed; figures are medians, and the range of the ratios is that of the pairs.
The whole job beside the whole script is shown too, without a claim: the job also validates, scores and stores.
Cost: about ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.jobs import PASSIVE_THREADS, Job, Workshop
from benchmarks.measuring import Measured, measure
from benchmarks.tables import markdown
from contracts.algorithms import ALGORITHMS

ROOT = Path(__file__).resolve().parents[1]
SEED = 42
CLAIM = 1.05


@dataclass(frozen=True, slots=True)
class Case:
    """An algorithm with every setting that decides how much work a fit is, so that both sides do the same."""

    algorithm: str
    supervised: bool
    hyperparameters: Mapping[str, Any]


CASES = (
    Case("random_forest", True, {"n_estimators": 100}),
    Case(
        "xgboost",
        True,
        {"n_estimators": 300, "early_stopping_rounds": None, "learning_rate": 0.1, "max_depth": 6, "max_bin": 256},
    ),
    Case("kmeans", False, {"n_clusters": 8, "n_init": 10, "init": "k-means++", "max_iter": 300, "tol": 1e-4}),
    Case(
        "neural_network",
        True,
        {
            "hidden_layer_sizes": [128, 64], "dropout": 0.1, "activation": "relu", "optimizer": "adamw",
            "learning_rate": 1e-3, "weight_decay": 1e-4, "batch_size": 1024, "epochs": 20, "patience": None,
        },
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """One round of one case: the job and the script, one after the other."""

    training_seconds: float
    job: Measured
    bare: Mapping[str, float]
    script: Measured

    @property
    def bare_seconds(self) -> float:
        """What the step's training_seconds cover: the library's import, reading, fitting."""
        return sum(self.bare.values())

    @property
    def ratio(self) -> float:
        """The step's fit over the bare one."""
        return self.training_seconds / self.bare_seconds


def main() -> int:
    """Print the table; 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_overhead")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    names = [case.algorithm for case in CASES]
    parser.add_argument("--algorithms", nargs="+", choices=names, default=names)
    options = parser.parse_args()
    results: dict[str, list[Pair]] = {}
    skipped: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="training-") as name:
        workshop = Workshop.open(Path(name))
        prepared: dict[bool, Job] = {}
        for case in (case for case in CASES if case.algorithm in options.algorithms):
            if case.algorithm not in ALGORITHMS:
                skipped[case.algorithm] = "not in the catalogue"
                continue
            if case.supervised not in prepared:
                prepared[case.supervised] = _prepare(workshop, options.rows, supervised=case.supervised)
            if prepared[case.supervised].failed:
                skipped[case.algorithm] = prepared[case.supervised].failure
                continue
            done = _rounds(workshop, prepared[case.supervised], case, options.rounds)
            if isinstance(done, str):
                skipped[case.algorithm] = done
            else:
                results[case.algorithm] = done
    print(f"\n{options.rows:,} rows prepared, {options.rounds} round(s), {os.cpu_count()} cores\n")
    print(table(results))
    print()
    for algorithm, reason in skipped.items():
        print(f"{algorithm}: not measured. {reason}")
    missed = [name for name, pairs in results.items() if statistics.median(pair.ratio for pair in pairs) > CLAIM]
    print(f"claim: fit ratio at most {CLAIM}; missed by {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def table(results: Mapping[str, Sequence[Pair]]) -> str:
    """Medians by algorithm."""
    heads = (
        "algorithm", "bare fit s", "TrainModel fit s", "fit ratio (range)", "bare script s", "whole job s",
        "script peak MB", "job peak MB",
    )  # fmt: skip
    rows = []
    for algorithm, pairs in results.items():
        ratios = sorted(pair.ratio for pair in pairs)
        rows.append(
            (
                algorithm,
                f"{statistics.median(pair.bare_seconds for pair in pairs):.2f}",
                f"{statistics.median(pair.training_seconds for pair in pairs):.2f}",
                f"{statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})",
                f"{statistics.median(pair.script.seconds for pair in pairs):.2f}",
                f"{statistics.median(pair.job.seconds for pair in pairs):.2f}",
                f"{statistics.median(pair.script.peak_mb for pair in pairs):,.0f}",
                f"{statistics.median(pair.job.peak_mb for pair in pairs):,.0f}",
            )
        )
    return markdown(heads, rows)


def _prepare(workshop: Workshop, rows: int, *, supervised: bool) -> Job:
    file = workshop.folder / "mixed.csv"
    if not file.exists():
        argv = [sys.executable, "-m", "benchmarks.mixed_data", str(file), str(rows)]
        made = measure(argv, environment=os.environ, folder=ROOT)
        if made.status:
            raise SystemExit(f"The data could not be made:\n{made.errors}")
    return workshop.prepare(
        file,
        {
            "dataset_id": "mixed", "target": "churned",
            "task_type": "classification" if supervised else "clustering",
            "learning_type": "supervised" if supervised else "unsupervised",
            "preprocessing_config": {}, "seed": SEED,
        },
    )  # fmt: skip


def _rounds(workshop: Workshop, prepared: Job, case: Case, rounds: int) -> list[Pair] | str:
    """The pairs, or why there are none."""
    pairs = []
    for number in range(rounds):
        job = workshop.train(prepared, case.algorithm, case.hyperparameters, seed=SEED)
        if job.failed:
            return job.failure
        seconds = job.document("model/model.json").get("training_seconds")
        if not isinstance(seconds, float | int):
            return "model.json names no training_seconds."
        job.forget()
        argv = [
            sys.executable, "-m", "benchmarks.bare_training", case.algorithm, str(prepared.base / "processing"),
            json.dumps(dict(case.hyperparameters)),
        ]  # fmt: skip
        script = measure(argv, environment=os.environ | PASSIVE_THREADS, folder=ROOT)
        if script.status:
            raise SystemExit(f"The bare {case.algorithm} failed:\n{script.errors}")
        pair = Pair(float(seconds), job.measured, json.loads(script.output), script)
        print(
            f"{case.algorithm} round {number + 1}: bare {pair.bare}, step {seconds:.2f} s, ratio {pair.ratio:.3f}",
            file=sys.stderr,
            flush=True,
        )
        pairs.append(pair)
    return pairs


if __name__ == "__main__":
    sys.exit(main())
