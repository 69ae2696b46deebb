"""Rows of the catalogue: algorithms that learn from a target.

Place in the flow: see `contracts.algorithms`. One cost: names and defaults repeat the libraries' own.

Source of names, ranges and defaults: scikit-learn 1.9, XGBoost 3.2; aliases: SageMaker's built-in XGBoost and linear
learner. Defaults that differ from the library's say so: null is chosen from the data by the training step.
"""

from __future__ import annotations

from contracts.algorithm import SUPERVISED, Algorithm
from contracts.hyperparameters import Hyperparameter
from contracts.metrics import CLASSIFICATION, REGRESSION
from contracts.network_hyperparameters import network_training

RANDOM_FOREST = Algorithm(
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
)  # fmt: skip
LINEAR_REGRESSION = Algorithm(
    name="linear_regression",
    learning_type=SUPERVISED,
    task_types=(REGRESSION,),
    framework="sklearn",
    title="Linear regression",
    hyperparameters=(
        Hyperparameter(
            "penalty", "choice", default="none", choices=("none", "ridge", "lasso", "elastic_net"),
            help="Shrinkage of the coefficients: none, squares (ridge), absolute values (lasso), or both.",
        ),
        Hyperparameter("alpha", "number", 0.0, 1e9, default=1.0, help="Strength of the penalty."),
        Hyperparameter(
            "l1_ratio", "number", 0.0, 1.0, default=0.5, help="Share of absolute values in the elastic net's penalty."
        ),
        Hyperparameter("fit_intercept", "boolean", default=True, aliases=("use_bias",), help="Fit a constant term."),
        Hyperparameter("positive", "boolean", default=False, help="Force coefficients to be non-negative."),
        Hyperparameter(
            "max_iter", "integer", 1, 1_000_000, default=1000, help="Passes of the lasso's and elastic net's solver."
        ),
        Hyperparameter("tol", "number", 0.0, 1.0, default=1e-4, minimum_excluded=True, help="When the solver stops."),
    ),
)  # fmt: skip
XGBOOST = Algorithm(
    name="xgboost",
    learning_type=SUPERVISED,
    task_types=(CLASSIFICATION, REGRESSION),
    framework="xgboost",
    title="XGBoost",
    hyperparameters=(
        Hyperparameter(
            "n_estimators", "integer", 1, 20_000, nullable=True, aliases=("num_round", "num_boost_round"),
            help="Number of trees; null: as many as help the validation part, at most 1,000 (100 without one).",
        ),
        Hyperparameter(
            "early_stopping_rounds", "integer", 1, 10_000, default=50, nullable=True,
            help="Trees without progress on the validation part that end the training; null: never.",
        ),
        Hyperparameter(
            "learning_rate", "number", 0.0, 1.0, default=0.1, minimum_excluded=True, aliases=("eta",),
            help="Weight of each new tree.",
        ),
        Hyperparameter("max_depth", "integer", 0, 64, default=6, help="Depth of a tree; 0: no limit."),
        Hyperparameter("max_leaves", "integer", 0, 1_000_000, default=0, help="Leaves a tree may have; 0: no limit."),
        Hyperparameter("min_child_weight", "number", 0.0, 1e9, default=1.0, help="Least sum of weights in a leaf."),
        Hyperparameter(
            "gamma", "number", 0.0, 1e9, default=0.0, aliases=("min_split_loss",), help="Least gain of a split."
        ),
        Hyperparameter(
            "subsample", "number", 0.0, 1.0, default=1.0, minimum_excluded=True, help="Fraction of rows per tree."
        ),
        Hyperparameter(
            "colsample_bytree", "number", 0.0, 1.0, default=1.0, minimum_excluded=True,
            help="Fraction of features per tree.",
        ),
        Hyperparameter(
            "colsample_bylevel", "number", 0.0, 1.0, default=1.0, minimum_excluded=True,
            help="Fraction of features per level.",
        ),
        Hyperparameter(
            "colsample_bynode", "number", 0.0, 1.0, default=1.0, minimum_excluded=True,
            help="Fraction of features per split.",
        ),
        Hyperparameter("reg_alpha", "number", 0.0, 1e9, default=0.0, aliases=("alpha",), help="L1 penalty of leaves."),
        Hyperparameter(
            "reg_lambda", "number", 0.0, 1e9, default=1.0, aliases=("lambda",), help="L2 penalty of leaves."
        ),
        Hyperparameter("max_bin", "integer", 2, 4096, default=256, help="Bins of a number."),
        Hyperparameter("max_delta_step", "number", 0.0, 1e9, default=0.0, help="Largest step of a leaf; 0: no limit."),
        Hyperparameter(
            "scale_pos_weight", "number", 0.0, 1e9, default=1.0, minimum_excluded=True, task_types=(CLASSIFICATION,),
            help="Weight of the second class of two.",
        ),
        Hyperparameter(
            "grow_policy", "choice", default="depthwise", choices=("depthwise", "lossguide"),
            help="Which leaf is split next.",
        ),
    ),
)  # fmt: skip
NEURAL_NETWORK = Algorithm(
    name="neural_network",
    learning_type=SUPERVISED,
    task_types=(CLASSIFICATION, REGRESSION),
    framework="torch",
    title="Neural network",
    hyperparameters=(
        Hyperparameter(
            "hidden_layer_sizes", "integers", 1, 8192, nullable=True,
            help="Units of each hidden layer, such as [128, 64]; null: [128, 64].",
        ),
        *network_training(dropout=0.1),
    ),
)  # fmt: skip
SUPERVISED_ALGORITHMS = (RANDOM_FOREST, LINEAR_REGRESSION, XGBOOST, NEURAL_NETWORK)
