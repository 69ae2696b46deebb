"""The algorithm catalogue: what can be trained, for which task, with which hyperparameters.

Place in the flow: issue validation, operator commands, image selection and the training step read the same rows.
Adding an algorithm = a row here, a function in steps/training, a test. One cost: hyperparameter names and defaults
repeat the library's own, because containers must not be needed to validate an issue.

Source of names, ranges and defaults: scikit-learn 1.9 estimator documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from contracts.hyperparameters import Hyperparameter
from contracts.metrics import CLASSIFICATION, REGRESSION

SUPERVISED = "supervised"
LEARNING_TYPES = (SUPERVISED, "unsupervised", "reinforcement")


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm; `framework` chooses the container image and the training module."""

    name: str
    learning_type: str
    task_types: tuple[str, ...]
    framework: str
    title: str
    hyperparameters: tuple[Hyperparameter, ...]

    def hyperparameter(self, name: str) -> Hyperparameter | None:
        """The row of that name, or None."""
        return next((row for row in self.hyperparameters if row.name == name), None)


_ROWS = (
    Algorithm(
        name="random_forest",
        learning_type=SUPERVISED,
        task_types=(CLASSIFICATION, REGRESSION),
        framework="sklearn",
        title="Random forest",
        hyperparameters=(
            Hyperparameter("n_estimators", "integer", 1, 5000, default=100, help="Number of trees."),
            Hyperparameter("max_depth", "integer", 1, 1000, nullable=True, help="Depth of a tree; null: no limit."),
            Hyperparameter("min_samples_split", "integer", 2, 1_000_000, default=2, help="Rows that allow a split."),
            Hyperparameter("min_samples_leaf", "integer", 1, 1_000_000, default=1, help="Rows a leaf must keep."),
            Hyperparameter(
                "max_features", "number", 0.0, 1.0, default="sqrt", minimum_excluded=True, nullable=True,
                choices=("sqrt", "log2"),
                help="Features tried at a split: sqrt, log2, a fraction, or null for all. Regression defaults to 1.0.",
            ),
            Hyperparameter(
                "criterion", "choice", default=None, nullable=True,
                choices=("gini", "entropy", "log_loss", "squared_error", "absolute_error", "poisson"),
                choices_by_task={
                    CLASSIFICATION: ("gini", "entropy", "log_loss"),
                    REGRESSION: ("squared_error", "absolute_error", "poisson"),
                },
                help="Split quality; null is scikit-learn's default for the task.",
            ),
            Hyperparameter("max_leaf_nodes", "integer", 2, 1_000_000, nullable=True, help="Leaves a tree may have."),
            Hyperparameter("min_impurity_decrease", "number", 0.0, 1e12, default=0.0, help="Least gain of a split."),
            Hyperparameter("bootstrap", "boolean", default=True, help="Draw rows with replacement for each tree."),
            Hyperparameter(
                "max_samples", "number", 0.0, 1.0, minimum_excluded=True, nullable=True,
                help="Fraction of rows per tree; needs bootstrap.",
            ),
            Hyperparameter("ccp_alpha", "number", 0.0, 1e12, default=0.0, help="Strength of cost-complexity pruning."),
            Hyperparameter(
                "class_weight", "choice", default=None, nullable=True, choices=("balanced", "balanced_subsample"),
                task_types=(CLASSIFICATION,), help="Weigh classes against their frequency.",
            ),
        ),
    ),
    Algorithm(
        name="linear_regression",
        learning_type=SUPERVISED,
        task_types=(REGRESSION,),
        framework="sklearn",
        title="Linear regression",
        hyperparameters=(
            Hyperparameter("fit_intercept", "boolean", default=True, help="Fit a constant term."),
            Hyperparameter("positive", "boolean", default=False, help="Force coefficients to be non-negative."),
        ),
    ),
)  # fmt: skip
ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType({row.name: row for row in _ROWS})
