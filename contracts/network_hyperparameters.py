"""Hyperparameters that every network shares: how it is trained.

Place in the flow: the rows of neural_network and autoencoder include them. One cost: a default fits both or neither.

Source of names: PyTorch's optimisers and scikit-learn's MLPClassifier; aliases: SageMaker's built-in algorithms.
"""

from __future__ import annotations

from contracts.hyperparameters import Hyperparameter


def network_training(*, dropout: float) -> tuple[Hyperparameter, ...]:
    """The rows; ``dropout`` is the default of that name."""
    return (
        Hyperparameter(
            "activation", "choice", default="relu", choices=("relu", "tanh", "gelu"),
            help="What follows a hidden layer.",
        ),
        Hyperparameter("dropout", "number", 0.0, 0.9, default=dropout, help="Fraction of units left out at each step."),
        Hyperparameter(
            "learning_rate", "number", 0.0, 10.0, default=1e-3, minimum_excluded=True,
            aliases=("lr", "learning_rate_init"), help="Size of a step.",
        ),
        Hyperparameter(
            "weight_decay", "number", 0.0, 10.0, default=1e-4, aliases=("wd",),
            help="Shrinkage of weights at each step.",
        ),
        Hyperparameter(
            "optimizer", "choice", default="adamw", choices=("adamw", "adam", "sgd"), aliases=("solver",),
            help="How a step is made.",
        ),
        Hyperparameter("momentum", "number", 0.0, 0.999, default=0.9, help="Momentum of sgd."),
        Hyperparameter(
            "batch_size", "integer", 1, 1_000_000, nullable=True, aliases=("mini_batch_size",),
            help="Rows per step; null: by the number of rows, 32 to 1,024.",
        ),
        Hyperparameter(
            "epochs", "integer", 1, 100_000, nullable=True, aliases=("max_iter",),
            help="Passes over the rows; null: as many as help the validation part, at most 200 (50 without one).",
        ),
        Hyperparameter(
            "patience", "integer", 1, 10_000, default=15, nullable=True, aliases=("n_iter_no_change",),
            help="Epochs without progress on the validation part that end the training; null: never.",
        ),
    )  # fmt: skip
