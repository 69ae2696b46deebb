"""The algorithm catalogue: what can be trained, for which task, with which hyperparameters.

Place in the flow: issue validation, operator commands, image selection and the training step read the same rows.
Adding an algorithm = a row in one of the two modules of rows, a function in steps/training, a test. One cost:
hyperparameter names and defaults repeat the library's own, because containers must not be needed to validate an issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.algorithm import LEARNING_TYPES, SUPERVISED, UNSUPERVISED, Algorithm
from contracts.supervised_algorithms import SUPERVISED_ALGORITHMS
from contracts.unsupervised_algorithms import UNSUPERVISED_ALGORITHMS

__all__ = ["ALGORITHMS", "LEARNING_TYPES", "SUPERVISED", "UNSUPERVISED", "Algorithm"]

ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {row.name: row for row in (*SUPERVISED_ALGORITHMS, *UNSUPERVISED_ALGORITHMS)}
)
