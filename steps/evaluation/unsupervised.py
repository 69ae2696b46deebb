"""Evaluates clusterings and projections: internal indices, agreement with reference labels, champion, a map.

Called by evaluate. Labels are asked for all test rows; what needs the matrix is measured on as many rows as
MATRIX_CELLS numbers hold. There is no dummy: nothing is predicted.
Cost: the champion's clusters are measured in the new model's features, so they must both read the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.metrics import CLUSTERING, DIMENSIONALITY_REDUCTION
from steps.evaluation import asking
from steps.evaluation.answers import Answers
from steps.evaluation.champion import compare_with_champion
from steps.evaluation.evaluation import Evaluation, Predictions
from steps.evaluation.held_out import HeldOut
from steps.evaluation.scoring import scored
from steps.evaluation.setting import Setting
from steps.evaluation.unsupervised_answers import UNKNOWN, PartitionAnswers, cluster_answers, projection_answers
from steps.metrics.clustering import NOISE, sampled
from steps.metrics.weighted import Floats, Indices
from steps.model_artifact import Model

MATRIX_CELLS = 10_000_000
PLOTTED_ROWS = 2_000
LISTED_ERRORS = 500
Matrix = NDArray[np.float32]


def evaluate_clustering(setting: Setting) -> Evaluation:
    """Everything about a clustering."""
    held_out, model, seed = setting.held_out, setting.model, setting.seed
    reference = reference_labels(held_out, setting.metadata)
    rows = _measured_rows(setting)
    frame = held_out.take(rows)
    matrix = asking.matrix(model, frame)

    def answers(labels: Indices, centres: Floats | None) -> list[Answers]:
        agreement = [] if reference is None else [PartitionAnswers(reference, labels)]
        inside = cluster_answers(matrix, labels[rows], population=held_out.rows, centres=centres, seed=seed)
        return [*inside, *agreement]

    def ask(champion: Model) -> tuple[list[Answers], list[str]]:
        labels = asking.labels(champion, held_out)
        if _same_space(matrix, asking.matrix(champion, frame)):
            return answers(labels, _centres(champion, matrix, labels)), []
        theirs = [part for part in answers(labels, None) if "inertia" not in part.names]
        return theirs, [
            "Its features differ from the new model's, in which both are measured here; inertia is left out."
        ]

    labels = asking.labels(model, held_out)
    ours = answers(labels, _centres(model, matrix, labels))
    clusters, sizes = np.unique(labels, return_counts=True)
    cluster_sizes = {int(name): int(size) for name, size in zip(clusters, sizes, strict=True)}
    noise = cluster_sizes.get(NOISE, 0)
    plotted = sampled(len(rows), PLOTTED_ROWS, seed)
    return Evaluation(
        task_type=CLUSTERING,
        metrics=scored(ours, seed),
        predictions=Predictions(
            actual=reference,
            predicted=labels,
            matrix=matrix[plotted],
            coordinates=principal_components(matrix[plotted]),
            sample=rows[plotted],
        ),
        champion=compare_with_champion(setting, ours, ask),
        cluster_sizes=cluster_sizes,
        details={"clusters": len(cluster_sizes) - (NOISE in cluster_sizes), "noise_rows": noise},
        remarks=[*_cluster_remarks(cluster_sizes, noise, held_out.rows), *_sample_remarks(len(rows), held_out.rows)],
    )


def evaluate_projection(setting: Setting) -> Evaluation:
    """Everything about a projection."""
    held_out, model, seed = setting.held_out, setting.model, setting.seed
    rows = _measured_rows(setting)
    frame = held_out.take(rows)
    matrix = asking.matrix(model, frame)
    projected = asking.coordinates(model, frame)
    again = asking.reconstruction(model, projected)
    ours = projection_answers(matrix, projected, again, seed=seed)

    def ask(champion: Model) -> tuple[tuple[Answers, ...], list[str]]:
        theirs = asking.coordinates(champion, frame)
        if _same_space(matrix, asking.matrix(champion, frame)):
            return projection_answers(matrix, theirs, asking.reconstruction(champion, theirs), seed=seed), []
        remark = "Its features differ from the new model's, in which neighbours are compared; what it restores is not."
        return projection_answers(matrix, theirs, None, seed=seed), [remark]

    plotted = sampled(len(rows), PLOTTED_ROWS, seed)
    details: dict[str, Any] = {"components": projected.shape[1]}
    if again is not None:
        listed = sampled(len(rows), LISTED_ERRORS, seed)
        errors = np.square(matrix[listed] - again[listed]).mean(axis=1)
        details["reconstruction_errors"] = [float(f"{error:.6g}") for error in errors]
    return Evaluation(
        task_type=DIMENSIONALITY_REDUCTION,
        metrics=scored(ours, seed),
        predictions=Predictions(
            actual=reference_labels(held_out, setting.metadata),
            matrix=matrix[plotted],
            coordinates=projected[plotted],
            sample=rows[plotted],
        ),
        champion=compare_with_champion(setting, ours, ask),
        details=details,
        remarks=_sample_remarks(len(rows), held_out.rows),
    )


def reference_labels(held_out: HeldOut, metadata: Mapping[str, Any]) -> Indices | None:
    """(n,) indices of the known labels, UNKNOWN where a row has none; None where the data set has none."""
    reference = metadata.get("reference")
    target = held_out.target() if isinstance(reference, Mapping) and reference.get("classes") else None
    if target is None or not np.isfinite(target).any():
        return None
    return np.where(np.isfinite(target), target, UNKNOWN).astype(np.int64)


def principal_components(matrix: Matrix) -> Floats:
    """(m, 2) coordinates in the plane that shows most of the variance; (m, 1) for a single feature."""
    centred = np.asarray(matrix, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    chosen = axes[:, ::-1][:, :2]
    signs = np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    coordinates: Floats = centred @ (chosen * signs)
    return coordinates


def _measured_rows(setting: Setting) -> Indices:
    features = max(1, len(setting.model.preprocessor.features))
    return sampled(setting.held_out.rows, max(PLOTTED_ROWS, MATRIX_CELLS // features), setting.seed)


def _centres(model: Model, matrix: Matrix, labels: Indices) -> Floats | None:
    """The model's centres where it has one for each cluster in the matrix' features."""
    centres = model.estimator.centres()
    if centres is None or centres.ndim != 2 or centres.shape[1] != matrix.shape[1] or len(centres) <= labels.max():
        return None
    return np.asarray(centres, dtype=np.float64)


def _same_space(first: Matrix, second: Matrix) -> bool:
    return first.shape == second.shape and bool(np.allclose(first, second, rtol=1e-5, atol=1e-6))


def _cluster_remarks(sizes: Mapping[int, int], noise: int, rows: int) -> list[str]:
    clusters = len(sizes) - (NOISE in sizes)
    remarks = []
    if clusters < 2:
        remarks.append(
            f"The model finds {clusters or 'no'} cluster{'' if clusters == 1 else 's'} in the test rows, "
            "so indices that compare clusters are not defined."
        )
    if noise:
        remarks.append(f"{noise:,} of {rows:,} test rows are noise; internal indices leave them out.")
    return remarks


def _sample_remarks(measured: int, rows: int) -> list[str]:
    return [f"What needs the features was measured on {measured:,} of {rows:,} test rows."] if measured < rows else []
