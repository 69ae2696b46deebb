"""Models that are stored points: DBSCAN and t-SNE, which know no rule for rows that they have not seen.

Made by train_sklearn, saved as arrays.npz, loaded wherever the model predicts. A new row takes the label of the
nearest core point within eps (DBSCAN), or the mean of its nearest rows' coordinates, weighted by closeness (t-SNE).
Cost: the points travel in the model, and every new row is compared with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ArtifactError
from steps.estimators.array_file import ARRAYS_NAME, read_arrays, write_arrays
from steps.estimators.protocol import Floats, Indices, Matrix, UnsupportedError

METRICS = ("euclidean", "manhattan", "chebyshev", "cosine")
BLENDED = 5  # rows whose coordinates a new row of t-SNE blends
NOISE = -1
_NAMES = ("points", "labels", "coordinates", "eps", "metric")


@dataclass(frozen=True, slots=True)
class NeighboursModel:
    """Stored points with a label or with coordinates each.

    Attributes:
        points: (n, features) Float32.
        labels: (n,) cluster ids; (0,) for a projection.
        coordinates: (n, d); (0, 0) for a clustering.
        eps: reach of a label; 0 for a projection.
        metric: one of METRICS.
        searched: the points as distances compare them.
        index: search structure over them; both are made by ``build``.
    """

    points: Matrix
    labels_: Indices
    coordinates: Floats
    eps: float
    metric: str
    searched: Floats
    index: Any

    @property
    def kind(self) -> str:
        """The storage format."""
        return "neighbours"

    @property
    def n_features(self) -> int:
        """Columns of the matrix."""
        return int(self.points.shape[1])

    def save(self, folder: Path) -> None:
        """Write arrays.npz."""
        arrays: dict[str, NDArray[Any]] = {
            "points": self.points,
            "labels": self.labels_,
            "coordinates": self.coordinates,
            "eps": np.asarray(self.eps, dtype=np.float64),
            "metric": np.asarray(METRICS.index(self.metric), dtype=np.int64),
        }
        write_arrays(folder, arrays)

    def predict_proba(self, x: Matrix) -> Floats:
        """Stored points classify nothing."""
        raise UnsupportedError("This model has clusters or coordinates, no class probabilities.")

    def predict(self, x: Matrix) -> Floats:
        """Stored points predict no values."""
        raise UnsupportedError("This model has clusters or coordinates, no values.")

    def labels(self, x: Matrix) -> Indices:
        """(n,) cluster ids; -1 for rows that no core point reaches."""
        if not len(self.labels_):
            raise UnsupportedError("t-SNE has coordinates, no clusters; use transform.")
        distance, nearest = self._nearest(x, 1)
        return np.where(distance[:, 0] <= self.eps, self.labels_[nearest[:, 0]], NOISE)

    def transform(self, x: Matrix) -> Floats:
        """(n, d) coordinates; a stored row gets its own."""
        if not len(self.coordinates):
            raise UnsupportedError("DBSCAN has clusters, no coordinates; use labels.")
        distance, nearest = self._nearest(x, min(BLENDED, len(self.points)))
        equal = distance == 0
        with np.errstate(divide="ignore"):
            weights = np.where(equal.any(axis=1, keepdims=True), equal, 1.0 / distance)
        weights /= weights.sum(axis=1, keepdims=True)
        blended: Floats = np.einsum("nk,nkd->nd", weights, self.coordinates[nearest])
        return blended

    def inverse_transform(self, coordinates: Floats) -> Floats | None:
        """There is no way back."""
        return None

    def centres(self) -> Floats | None:
        """Clusters of any shape have no centre."""
        return None

    def _nearest(self, x: Matrix, count: int) -> tuple[Floats, Indices]:
        """(n, count) distances and indices of stored points; equal rows have the distance 0 exactly."""
        rows = prepared(x, self.metric)
        nearest: Indices = self.index.kneighbors(rows, n_neighbors=count, return_distance=False)
        difference = np.abs(self.searched[nearest] - rows[:, None, :])
        if self.metric == "manhattan":
            return difference.sum(axis=2), nearest
        if self.metric == "chebyshev":
            return difference.max(axis=2), nearest
        return np.sqrt(np.einsum("nkf,nkf->nk", difference, difference)), nearest


def build(
    points: Matrix, *, labels: Indices | None = None, coordinates: Floats | None = None, eps: float = 0.0, metric: str
) -> NeighboursModel:
    """A model of stored points; exactly one of labels and coordinates is given."""
    from sklearn.neighbors import NearestNeighbors

    searched = prepared(points, metric)
    index = NearestNeighbors(metric="euclidean" if metric == "cosine" else metric, n_jobs=-1)
    return NeighboursModel(
        points=np.ascontiguousarray(points, dtype=np.float32),
        labels_=np.empty(0, dtype=np.int64) if labels is None else np.asarray(labels, dtype=np.int64),
        coordinates=np.empty((0, 0)) if coordinates is None else np.asarray(coordinates, dtype=np.float64),
        eps=float(eps),
        metric=metric,
        searched=searched,
        index=index.fit(searched),
    )


def prepared(x: Matrix, metric: str) -> Floats:
    """Rows as the search compares them: on the unit sphere where only the direction counts."""
    rows = np.asarray(x, dtype=np.float64)
    if metric != "cosine":
        return rows
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return unit


def load(folder: Path, *, classes: int, features: int) -> NeighboursModel:
    """Read arrays.npz and check it.

    Raises:
        ArtifactError: missing, damaged, forged, or of another model than model.json.
    """
    arrays = read_arrays(folder, _NAMES)
    problem = _problem(arrays, classes, features)
    if problem:
        raise ArtifactError(f"{ARRAYS_NAME} is damaged or of another model: {problem}. Train the model again.")
    labels, coordinates = arrays["labels"], arrays["coordinates"]
    return build(
        arrays["points"],
        labels=labels if len(labels) else None,
        coordinates=coordinates if len(coordinates) else None,
        eps=float(arrays["eps"]),
        metric=METRICS[int(arrays["metric"])],
    )


def _problem(arrays: dict[str, NDArray[Any]], classes: int, features: int) -> str:
    """What does not fit, or nothing."""
    types = {"points": np.float32, "labels": np.int64, "coordinates": np.float64, "eps": np.float64, "metric": np.int64}
    for name, dtype in types.items():
        if arrays[name].dtype != dtype or not np.isfinite(arrays[name]).all():
            return f"{name} must hold finite {np.dtype(dtype).name}"
    points, labels, coordinates = arrays["points"], arrays["labels"], arrays["coordinates"]
    if points.ndim != 2 or not len(points) or points.shape[1] != features:
        return f"points must have {features} column(s) as model.json says, got the shape {points.shape}"
    if arrays["eps"].shape != () or arrays["eps"] < 0 or arrays["metric"].shape != ():
        return "eps and metric must be one number each, eps not negative"
    if int(arrays["metric"]) not in range(len(METRICS)):
        return f"metric must be in [0, {len(METRICS) - 1}]"
    has_labels = labels.shape == (len(points),) and bool((labels >= 0).all()) and bool((labels < len(points)).all())
    has_coordinates = coordinates.ndim == 2 and coordinates.shape[0] == len(points) and coordinates.shape[1] >= 1
    if (has_labels, has_coordinates) not in ((True, False), (False, True)) or len(labels) * len(coordinates):
        return "there must be a label or coordinates for each point"
    return "model.json names classes, stored points have none" if classes else ""
