"""Fits networks with PyTorch: a predictor for classes or numbers, an autoencoder for clusters or coordinates.

One of the framework modules that train dispatches to. What it returns is a NumPy network: PyTorch is not needed again.
Cost: importing PyTorch takes two seconds; the matrix stands in memory, twice for a moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.metrics import CLASSIFICATION, CLUSTERING
from steps.estimators.network import Network
from steps.estimators.network_layers import Layer
from steps.training.checkpoints import Checkpoint
from steps.training.clustering import choose_clusters
from steps.training.fitting import FitRequest, Fitted
from steps.training.known_classes import known_classes
from steps.training.network_fitting import Batches, Progress, fit_network
from steps.training.network_inputs import fitted_inputs
from steps.training.network_settings import NetworkSettings, network_settings

PREDICTOR_LAYERS, AUTOENCODER_LAYERS = (128, 64), (64, 32)
PREDICTOR_DROPOUT, AUTOENCODER_DROPOUT = 0.1, 0.0
LATENT = (2, 8)
CLUSTER_STARTS = 10


def fit(request: FitRequest) -> Fitted:
    """A fitted network, its history and what was chosen."""
    return _autoencoder(request) if request.algorithm == "autoencoder" else _predictor(request)


def _predictor(request: FitRequest) -> Fitted:
    import torch

    data = request.data
    x, y = data.train.matrix(), data.train.target()
    settings = network_settings(
        request.hyperparameters, rows=len(x),
        validation_rows=data.validation.rows if data.validation else 0, seed=request.seed,
        hidden=PREDICTOR_LAYERS, dropout=PREDICTOR_DROPOUT,
    )  # fmt: skip
    known = known_classes(y, data.classes) if data.classes else ()
    mean, scale = (0.0, 1.0) if data.classes else (float(y.mean()), float(y.std()) or 1.0)
    device, inputs = _device(torch), fitted_inputs(x)

    def tensors(matrix: NDArray[np.float32], target: NDArray[Any]) -> tuple[Any, Any]:
        if data.classes and not (seen := np.isin(target, known)).all():
            matrix, target = matrix[seen], target[seen]  # a class that training never saw judges nothing
        answers = target if data.classes else ((target - mean) / scale).astype(np.float32)[:, None]
        rows = torch.from_numpy(inputs.prepare(matrix))
        return _placed(torch, rows, device), torch.from_numpy(answers).to(device)

    train = tensors(x, y)
    beside = (None, None) if data.validation is None else tensors(data.validation.matrix(), data.validation.target())
    beside = beside if beside[0] is not None and len(beside[0]) else (None, None)
    torch.manual_seed(request.seed)
    outputs = data.classes or 1
    module = torch.nn.Sequential(*_stack(torch, [x.shape[1], *settings.hidden, outputs], settings)).to(device)
    loss_of = _loss(torch, request, device)
    progress = fit_network(module, Batches(*train, *beside), loss_of, settings, Checkpoint.of(request))
    network = Network(_layers(module, settings.activation), known=known, mean=mean, scale=scale, inputs=inputs)
    return Fitted(network, progress.history, _facts(progress, settings))


def _autoencoder(request: FitRequest) -> Fitted:
    import torch

    data, given = request.data, request.hyperparameters
    x = data.train.matrix()
    settings = network_settings(
        given, rows=len(x),
        validation_rows=data.validation.rows if data.validation else 0, seed=request.seed,
        hidden=AUTOENCODER_LAYERS, dropout=AUTOENCODER_DROPOUT,
    )  # fmt: skip
    features = x.shape[1]
    latent = int(given.get("encoding_dim") or min(LATENT[1], max(LATENT[0], math.ceil(math.sqrt(features)))))
    latent = min(latent, features)
    device, inputs = _device(torch), fitted_inputs(x)
    rows = _placed(torch, torch.from_numpy(inputs.prepare(x)), device)
    beside = None
    if data.validation is not None:
        beside = _placed(torch, torch.from_numpy(inputs.prepare(data.validation.matrix())), device)
    torch.manual_seed(request.seed)
    encoder = torch.nn.Sequential(*_stack(torch, [features, *settings.hidden, latent], settings))
    decoder = torch.nn.Sequential(*_stack(torch, [latent, *reversed(settings.hidden), features], settings))
    module = torch.nn.Sequential(encoder, decoder).to(device)
    batches = Batches(rows, rows, beside, beside)
    progress = fit_network(module, batches, torch.nn.functional.mse_loss, settings, Checkpoint.of(request))
    facts = _facts(progress, settings) | {"encoding_dim": latent}
    network = Network(_layers(encoder, settings.activation), _layers(decoder, settings.activation))
    if data.task_type == CLUSTERING:
        network, chosen = _clustered(network, x, given.get("n_clusters"), request.seed)
        facts |= chosen
    return Fitted(replace(network, inputs=inputs), progress.history, facts)


def _clustered(
    network: Network, x: NDArray[np.float32], clusters: int | None, seed: int
) -> tuple[Network, dict[str, Any]]:
    """The network with K-Means' centres in its latent space; x is prepared already."""
    from sklearn.cluster import KMeans

    latent = network.transform(x)
    chosen: dict[str, Any] = {}
    if clusters is None:
        choice = choose_clusters(latent, seed)
        clusters, chosen = choice.clusters, choice.facts()
    found = KMeans(min(clusters, len(x)), n_init=CLUSTER_STARTS, random_state=seed).fit(latent)
    centres = found.cluster_centers_.astype(np.float32)
    return Network(network.layers, network.decoder, centres), {"n_clusters": len(centres), **chosen}


def _stack(torch: Any, sizes: list[int], settings: NetworkSettings) -> list[Any]:
    """Linear layers of these sizes, each but the last followed by the activation and dropout."""
    activations = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "gelu": lambda: torch.nn.GELU(approximate="tanh")}
    made: list[Any] = []
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        linear = torch.nn.Linear(inputs, outputs)
        torch.nn.init.xavier_uniform_(linear.weight)
        torch.nn.init.zeros_(linear.bias)
        made.append(linear)
        if index < len(sizes) - 2:
            made.append(activations[settings.activation]())
            made += [torch.nn.Dropout(settings.dropout)] if settings.dropout else []
    return made


def _layers(module: Any, activation: str) -> tuple[Layer, ...]:
    linear = [item for item in module if hasattr(item, "weight")]
    return tuple(
        Layer(
            item.weight.detach().cpu().numpy().copy(),
            item.bias.detach().cpu().numpy().copy(),
            activation if index < len(linear) - 1 else "none",
        )
        for index, item in enumerate(linear)
    )


def _loss(torch: Any, request: FitRequest, device: Any) -> Callable[[Any, Any], Any]:
    if request.data.task_type != CLASSIFICATION:
        mse: Callable[[Any, Any], Any] = torch.nn.functional.mse_loss
        return mse
    weights = request.data.class_weights
    weight = None if weights is None else torch.tensor(weights, dtype=torch.float32, device=device)

    def loss(outputs: Any, target: Any) -> Any:
        return torch.nn.functional.cross_entropy(outputs, target, weight=weight)

    return loss


def _device(torch: Any) -> Any:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _placed(torch: Any, rows: Any, device: Any) -> Any:
    """Rows on the GPU if they take at most half of its free memory; else minibatches go there one by one."""
    if device.type == "cpu" or 2 * rows.nbytes > torch.cuda.mem_get_info(device)[0]:
        return rows
    return rows.to(device)


def _facts(progress: Progress, settings: NetworkSettings) -> dict[str, Any]:
    return {
        "epochs": progress.epoch,
        "best_iteration": progress.best_epoch,
        "batch_size": settings.batch_size,
        "hidden_layer_sizes": list(settings.hidden),
    }
