"""Scores of every algorithm on every data set beside listed baselines, in one table.

Command: `python -m benchmarks.scores --data FOLDER [--quick] [--seeds 3] [--sets …] [--algorithms …] [--json FILE]`.
FOLDER holds the sets and their baselines.csv (benchmarks.score_sets names the files). Claim: default hyperparameters
reach at least the baseline. PrepareData, TrainModel and EvaluateModel run through the bundle: test_size 0.2, seed 42,
for sets of fewer than 10,000 rows also the next seeds, everything else plain (a tenth of the rows is for validation).
Cost: hours with flights, whose forests are large; --quick leaves out flights and adult.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.baselines import NO, UNKNOWN, Baseline, Score, compare, read_baselines
from benchmarks.jobs import Job, Workshop
from benchmarks.score_sets import LearningSet, data_file, learning_sets
from benchmarks.tables import markdown
from contracts.algorithms import ALGORITHMS
from contracts.evaluation_report import EvaluationReport

FIRST_SEED = 42
SMALL = 10_000  # rows; below, several seeds
METRICS_OF_TASK: Mapping[str, tuple[str, ...]] = {
    "classification": ("accuracy", "auc_roc"),
    "regression": ("rmse",),
    "clustering": ("ari",),
    "dimensionality_reduction": ("trustworthiness", "explained_variance"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    set_name: str
    algorithm: str
    metric: str
    score: Score
    baseline: Baseline | None
    seconds: float
    peak_mb: float
    note: str


@dataclass(frozen=True, slots=True)
class Run:
    """One seed: what EvaluateModel found, and what the training took."""

    report: EvaluationReport
    seconds: float
    peak_mb: float


def main() -> int:
    """Print the table; 1 where a baseline was missed or a run failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scores")
    parser.add_argument("--data", type=Path, required=True, help="folder with the sets and baselines.csv")
    parser.add_argument("--quick", action="store_true", help="without flights and adult")
    parser.add_argument("--seeds", type=int, default=3, help=f"splits of sets with fewer than {SMALL:,} rows")
    parser.add_argument("--sets", nargs="+", default=[], help="only these sets")
    parser.add_argument("--algorithms", nargs="+", default=[], help="only these algorithms")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    sets = [
        item
        for item in learning_sets(options.data)
        if not (options.quick and item.slow) and (not options.sets or item.name in options.sets)
    ]
    baselines = read_baselines(options.data)
    rows: list[Row] = []
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="scores-") as name:
        workshop = Workshop.open(Path(name))
        for learning in sets:
            names = [item for item in algorithms_for(learning) if not options.algorithms or item in options.algorithms]
            if names:
                file = data_file(options.data, learning, Path(name))
                runs, failed = _runs(workshop, learning, file, names, options.seeds)
                rows += _rows(learning, runs, baselines)
                failures += failed
    print(f"\ntest_size 0.2, seed {FIRST_SEED}, {options.seeds} seed(s) below {SMALL:,} rows, {os.cpu_count()} cores\n")
    print(table(rows))
    print()
    print("\n".join([summary(rows), *failures]))
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    return 1 if failures or any(_reached(row) == NO for row in rows) else 0


def algorithms_for(learning: LearningSet) -> list[str]:
    """Every algorithm of the catalogue that does the set's task."""
    return [name for name, row in ALGORITHMS.items() if learning.task_type in row.task_types]


def hyperparameters_for(learning: LearningSet, algorithm: str) -> tuple[dict[str, Any], str]:
    """What differs from the defaults, so that both sides answer the same question, and why."""
    if learning.task_type == "clustering" and algorithm in ("kmeans", "autoencoder"):
        return {"n_clusters": learning.clusters}, f"k = {learning.clusters}"
    if learning.task_type == "dimensionality_reduction" and algorithm == "pca":
        return {"n_components": 2}, "2 components"
    if learning.task_type == "dimensionality_reduction" and algorithm == "autoencoder":
        return {"encoding_dim": 2}, "2 components"
    if algorithm == "tsne":
        return {}, "test rows are placed afterwards; the baseline's were embedded"
    if (learning.name, algorithm) == ("flights", "random_forest"):
        return {"min_samples_leaf": 5}, "min_samples_leaf 5, as the baseline"
    return {}, ""


def table(rows: Sequence[Row]) -> str:
    """The scores; a positive difference is better than the baseline, whatever the metric."""
    heads = ("set", "algorithm", "metric", "score", "baseline", "difference", "reached", "train s", "peak MB", "note")
    cells = []
    for row in rows:
        known = row.baseline
        digits = 4 if abs(row.score.value) < 100 else 1
        score = f"{row.score.value:.{digits}f} ± {row.score.deviation:.{digits}f}"
        difference = "-" if known is None else f"{compare(row.metric, row.score, known).difference:+.{digits}f}"
        cells.append(
            (
                row.set_name, row.algorithm, row.metric, score, "-" if known is None else f"{known.value:.{digits}f}",
                difference, _reached(row), f"{row.seconds:.1f}", f"{row.peak_mb:,.0f}", row.note,
            )
        )  # fmt: skip
    return markdown(heads, cells)


def summary(rows: Sequence[Row]) -> str:
    """How many baselines were reached."""
    answers = [_reached(row) for row in rows if row.baseline is not None]
    counts = ", ".join(f"{answer} {answers.count(answer)}" for answer in dict.fromkeys(sorted(answers, reverse=True)))
    return f"{len(answers)} scores have a baseline: {counts or 'none'}."


def _reached(row: Row) -> str:
    return UNKNOWN if row.baseline is None else compare(row.metric, row.score, row.baseline).reached


def _runs(
    workshop: Workshop, learning: LearningSet, file: Path, names: Sequence[str], seeds: int
) -> tuple[dict[str, list[Run]], list[str]]:
    """Runs by algorithm, and what failed. An algorithm that failed once is not tried with the next seed."""
    runs: dict[str, list[Run]] = {name: [] for name in names}
    failures: dict[str, str] = {}
    seed = FIRST_SEED
    last = seed + seeds - 1
    while seed <= last:
        prepared = workshop.prepare(file, _data_config(learning, seed))
        if prepared.failed:
            return runs, [f"{learning.name}: PrepareData failed. {prepared.failure}"]
        if prepared.document("processing/metadata/metadata.json")["rows"]["total"] >= SMALL:
            last = FIRST_SEED
        for name in names:
            if name in failures:
                continue
            done = _run(workshop, prepared, learning, name, seed)
            shown = (
                done if isinstance(done, str) else f"{done.report.metric} {done.report.value:.4f}, {done.seconds:.1f} s"
            )
            print(f"{learning.name} {name} seed {seed}: {shown}", file=sys.stderr, flush=True)
            if isinstance(done, str):
                failures[name] = f"{learning.name} {name}: {done}"
            else:
                runs[name].append(done)
        prepared.forget()
        seed += 1
    return runs, list(failures.values())


def _run(workshop: Workshop, prepared: Job, learning: LearningSet, algorithm: str, seed: int) -> Run | str:
    """One training and its evaluation, or why there is none."""
    hyperparameters, _ = hyperparameters_for(learning, algorithm)
    trained = workshop.train(prepared, algorithm, hyperparameters, seed=seed)
    if trained.failed:
        return f"TrainModel failed. {trained.failure}"
    metric = METRICS_OF_TASK[learning.task_type][0]
    evaluated = workshop.evaluate(prepared, trained, metric, 0.5)
    trained.forget()
    if evaluated.failed:
        return f"EvaluateModel failed. {evaluated.failure}"
    text = (evaluated.base / "processing" / "evaluation" / "evaluation.json").read_text(encoding="utf-8")
    evaluated.forget()
    return Run(EvaluationReport.from_json(text), trained.measured.seconds, trained.measured.peak_mb)


def _rows(
    learning: LearningSet, runs: Mapping[str, Sequence[Run]], baselines: Mapping[tuple[str, str, str], Baseline]
) -> list[Row]:
    rows = []
    for algorithm, done in runs.items():
        for metric in METRICS_OF_TASK[learning.task_type]:
            if not done or any(metric not in run.report.metrics for run in done):
                continue
            baseline = baselines.get((learning.name, algorithm, metric))
            notes = (hyperparameters_for(learning, algorithm)[1], baseline.note if baseline else "")
            rows.append(
                Row(
                    set_name=learning.name,
                    algorithm=algorithm,
                    metric=metric,
                    score=Score.of(
                        [run.report.metrics[metric] for run in done],
                        [run.report.deviations.get(metric, float("nan")) for run in done],
                    ),
                    baseline=baseline,
                    seconds=sum(run.seconds for run in done) / len(done),
                    peak_mb=max(run.peak_mb for run in done),
                    note="; ".join(filter(None, notes)),
                )
            )
    return rows


def _data_config(learning: LearningSet, seed: int) -> dict[str, Any]:
    preprocessing: dict[str, Any] = {"test_size": 0.2}
    if learning.drop:
        preprocessing["drop_columns"] = list(learning.drop)
    return {
        "dataset_id": learning.name, "target": learning.target, "task_type": learning.task_type,
        "learning_type": learning.learning_type, "preprocessing_config": preprocessing, "seed": seed,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
