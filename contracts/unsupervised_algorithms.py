"""Rows of the catalogue: algorithms that find groups, or fewer dimensions, without a target.

Place in the flow: see `contracts.algorithms`. One cost: names and defaults repeat the libraries' own.

Source of names, ranges and defaults: scikit-learn 1.9; aliases: SageMaker's built-in K-Means and PCA. Defaults that
differ from the library's say so: null is chosen from the data by the training step.
"""

from __future__ import annotations

from contracts.algorithm import UNSUPERVISED, Algorithm
from contracts.hyperparameters import Hyperparameter
from contracts.metrics import CLUSTERING, DIMENSIONALITY_REDUCTION
from contracts.network_hyperparameters import network_training

KMEANS = Algorithm(
    name="kmeans",
    learning_type=UNSUPERVISED,
    task_types=(CLUSTERING,),
    framework="sklearn",
    title="K-Means",
    hyperparameters=(
        Hyperparameter(
            "n_clusters", "integer", 2, 1000, nullable=True, aliases=("k",),
            help="Number of clusters; null: the best silhouette of 2 to 12, further while the last is best.",
        ),
        Hyperparameter(
            "init", "choice", default="k-means++", choices=("k-means++", "random"), aliases=("init_method",),
            help="How first centres are chosen.",
        ),
        Hyperparameter("n_init", "integer", 1, 1000, default=10, help="Starts, of which the best is kept."),
        Hyperparameter("max_iter", "integer", 1, 100_000, default=300, help="Iterations of a start."),
        Hyperparameter("tol", "number", 0.0, 1.0, default=1e-4, help="When a start has converged."),
        Hyperparameter(
            "algorithm", "choice", default="lloyd", choices=("lloyd", "elkan"), help="Lloyd's or Elkan's iterations."
        ),
        Hyperparameter(
            "batch_size", "integer", 16, 10_000_000, nullable=True, aliases=("mini_batch_size",),
            help="Rows per step of mini-batch K-Means; null: all rows at each step.",
        ),
    ),
)  # fmt: skip
DBSCAN = Algorithm(
    name="dbscan",
    learning_type=UNSUPERVISED,
    task_types=(CLUSTERING,),
    framework="sklearn",
    title="DBSCAN",
    unmeasured=("inertia",),
    hyperparameters=(
        Hyperparameter(
            "eps", "number", 0.0, 1e9, nullable=True, minimum_excluded=True,
            help="Reach of a neighbourhood, after scaling; null: where the number of clusters is most stable.",
        ),
        Hyperparameter(
            "min_samples", "integer", 1, 1_000_000, nullable=True,
            help="Rows in reach that make a core point; null: by the number of features, 4 to 20.",
        ),
        Hyperparameter(
            "metric", "choice", default="euclidean", choices=("euclidean", "manhattan", "chebyshev"), help="Distance."
        ),
    ),
)  # fmt: skip
PCA = Algorithm(
    name="pca",
    learning_type=UNSUPERVISED,
    task_types=(DIMENSIONALITY_REDUCTION,),
    framework="sklearn",
    title="Principal component analysis",
    hyperparameters=(
        Hyperparameter(
            "n_components", "count_or_fraction", 1, 100_000, nullable=True, aliases=("num_components",),
            help="Number of components, or the fraction of variance they explain; null: 0.95.",
        ),
        Hyperparameter("whiten", "boolean", default=False, help="Scale components to unit variance."),
        Hyperparameter(
            "svd_solver", "choice", default="auto", choices=("auto", "full", "covariance_eigh", "randomized"),
            help="How components are computed.",
        ),
    ),
)  # fmt: skip
TSNE = Algorithm(
    name="tsne",
    learning_type=UNSUPERVISED,
    task_types=(DIMENSIONALITY_REDUCTION,),
    framework="sklearn",
    title="t-SNE",
    unmeasured=("explained_variance", "reconstruction_error"),
    hyperparameters=(
        Hyperparameter("n_components", "integer", 1, 3, default=2, aliases=("num_components",), help="Dimensions."),
        Hyperparameter(
            "perplexity", "number", 1.0, 10_000.0, default=30.0,
            help="Effective neighbours; up to a third of the rows."
        ),
        Hyperparameter(
            "learning_rate", "number", 0.0, 1e6, default="auto", choices=("auto",), minimum_excluded=True,
            help="Size of a step.",
        ),
        Hyperparameter("early_exaggeration", "number", 1.0, 1000.0, default=12.0, help="Tightness of first clusters."),
        Hyperparameter(
            "max_iter", "integer", 250, 100_000, default=1000, aliases=("n_iter",), help="Iterations, at least 250."
        ),
        Hyperparameter("init", "choice", default="pca", choices=("pca", "random"), help="Where points start."),
        Hyperparameter(
            "metric", "choice", default="euclidean", choices=("euclidean", "manhattan", "cosine"), help="Distance."
        ),
    ),
)  # fmt: skip
AUTOENCODER = Algorithm(
    name="autoencoder",
    learning_type=UNSUPERVISED,
    task_types=(CLUSTERING, DIMENSIONALITY_REDUCTION),
    framework="torch",
    title="Autoencoder",
    hyperparameters=(
        Hyperparameter(
            "encoding_dim", "integer", 1, 1024, nullable=True, aliases=("latent_dim",),
            help="Dimensions of the latent space; null: by the number of features, 2 to 8.",
        ),
        Hyperparameter(
            "hidden_layer_sizes", "integers", 1, 8192, nullable=True,
            help="Units of the encoder's hidden layers; the decoder mirrors them; null: [64, 32].",
        ),
        Hyperparameter(
            "n_clusters", "integer", 2, 1000, nullable=True, aliases=("k",), task_types=(CLUSTERING,),
            help="Clusters in the latent space; null: the best silhouette of 2 to 12.",
        ),
        *network_training(dropout=0.0),
    ),
)  # fmt: skip
UNSUPERVISED_ALGORITHMS = (KMEANS, DBSCAN, AUTOENCODER, PCA, TSNE)
