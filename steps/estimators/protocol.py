"""What every trained model can do, whatever library made it.

TrainModel saves an estimator, EvaluateModel and the endpoint load it; none of them asks which library it came from.
Cost: one protocol for four tasks, so a method that the task does not have raises UnsupportedError.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ArtifactError

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class UnsupportedError(ArtifactError):
    """The estimator was asked for something that its task does not have."""


class Estimator(Protocol):
    """A fitted model over the matrix that the preprocessor makes: (n, n_features) Float32, no missing values."""

    @property
    def kind(self) -> str:
        """The storage format, as model.json names it: sklearn, boosted_trees, network, neighbours."""

    @property
    def n_features(self) -> int:
        """Columns of the matrix."""

    def save(self, folder: Path) -> None:
        """Write the model's files; nothing in them is executed when they are loaded."""

    def predict_proba(self, x: Matrix) -> Floats:
        """Classification: (n, classes) probabilities; 0 for classes that the training part did not hold."""

    def predict(self, x: Matrix) -> Floats:
        """Regression: (n,) values, on the scale that the trainer saw."""

    def labels(self, x: Matrix) -> Indices:
        """Clustering: (n,) cluster ids from 0; -1 for noise."""

    def transform(self, x: Matrix) -> Floats:
        """Dimensionality reduction: (n, components) coordinates. Clusterings may give their latent space."""

    def inverse_transform(self, coordinates: Floats) -> Floats | None:
        """(n, n_features) reconstruction, or None where the method has none (t-SNE)."""

    def centres(self) -> Floats | None:
        """Clustering: (clusters, n_features) centres, or None where the method has none (DBSCAN)."""
