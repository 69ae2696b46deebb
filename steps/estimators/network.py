"""A trained network as a model: JSON for its shape, safetensors for its weights, NumPy for its forward pass.

Written by train_torch, used without PyTorch wherever the model is used. Cost: probabilities and values differ from
PyTorch's in the sixth digit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from contracts.errors import ArtifactError
from steps.archive import MAX_BYTES
from steps.estimators.network_layers import Inputs, Layer, Weights, faults, forward, input_faults
from steps.estimators.protocol import Floats, Indices, Matrix, UnsupportedError

SHAPE_NAME = "network.json"
WEIGHTS_NAME = "weights.safetensors"
MAX_UNITS = 100_000


@dataclass(frozen=True, slots=True)
class Network:
    """A feed-forward network.

    Attributes:
        layers: prepared input to output; of an autoencoder, input to latent space.
        decoder: latent space to input; empty for a predictor.
        cluster_centres: (clusters, latent) centres in the latent space, or None.
        known: classes that stood in the training part; the others get probability 0.
        mean: with ``scale``: a regression's target was (y - mean) / scale.
        inputs: what is done to a row before the first layer.
    """

    layers: tuple[Layer, ...]
    decoder: tuple[Layer, ...] = ()
    cluster_centres: Weights | None = None
    known: tuple[int, ...] = ()
    mean: float = 0.0
    scale: float = 1.0
    inputs: Inputs | None = None
    kind: str = "network"

    @property
    def n_features(self) -> int:
        """Columns of the matrix."""
        return int(self.layers[0].weight.shape[1])

    def predict_proba(self, x: Matrix) -> Floats:
        """(n, classes) probabilities; 0 for classes that the training part did not hold."""
        if not self.known:
            raise UnsupportedError("This network has no classes; ask it for values or coordinates.")
        logits = forward(self.layers, x, self.inputs).astype(np.float64)
        probabilities = np.zeros_like(logits)
        chosen = logits[:, list(self.known)]
        powers = np.exp(chosen - chosen.max(axis=1, keepdims=True))
        probabilities[:, list(self.known)] = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, x: Matrix) -> Floats:
        """(n,) values."""
        if self.known or self.decoder:
            raise UnsupportedError("This network predicts no numbers; ask it for probabilities or coordinates.")
        return forward(self.layers, x, self.inputs)[:, 0].astype(np.float64) * self.scale + self.mean

    def labels(self, x: Matrix) -> Indices:
        """(n,) cluster whose centre is nearest in the latent space."""
        if self.cluster_centres is None:
            raise UnsupportedError("This network was trained without clusters; train it with task_type clustering.")
        found, centres = self.transform(x), self.cluster_centres.astype(np.float64)
        distances = (centres**2).sum(axis=1)[None, :] - 2.0 * found @ centres.T
        return np.asarray(distances.argmin(axis=1), dtype=np.int64)

    def transform(self, x: Matrix) -> Floats:
        """(n, latent) coordinates."""
        if not self.decoder:
            raise UnsupportedError("This network has no latent space; ask it for predictions.")
        return forward(self.layers, x, self.inputs).astype(np.float64)

    def inverse_transform(self, coordinates: Floats) -> Floats | None:
        """(n, features) reconstruction, or None for a predictor."""
        if not self.decoder:
            return None
        decoded = forward(self.decoder, coordinates)
        return (decoded if self.inputs is None else self.inputs.restored(decoded)).astype(np.float64)

    def centres(self) -> Floats | None:
        """(clusters, features) the centres, decoded; None where there are none."""
        return None if self.cluster_centres is None else self.inverse_transform(self.cluster_centres.astype(np.float64))

    def save(self, folder: Path) -> None:
        """Write network.json and weights.safetensors."""
        from safetensors.numpy import save_file

        arrays = {
            f"{part}.{index}.{name}": np.ascontiguousarray(getattr(layer, name))
            for part, layers in (("layers", self.layers), ("decoder", self.decoder))
            for index, layer in enumerate(layers)
            for name in ("weight", "bias")
        }
        if self.cluster_centres is not None:
            arrays["centres"] = np.ascontiguousarray(self.cluster_centres)
        if self.inputs is not None:
            arrays |= {"inputs.shift": self.inputs.shift, "inputs.spread": self.inputs.spread}
        shape = {
            "layers": [layer.activation for layer in self.layers],
            "decoder": [layer.activation for layer in self.decoder],
            "clusters": self.cluster_centres is not None,
            "known": list(self.known),
            "mean": self.mean,
            "scale": self.scale,
            "limit": None if self.inputs is None else self.inputs.limit,
        }
        save_file(arrays, folder / WEIGHTS_NAME)
        (folder / SHAPE_NAME).write_text(json.dumps(shape, indent=1) + "\n", encoding="utf-8")


def load(folder: Path, *, classes: int, features: int) -> Network:
    """Read a network.

    Raises:
        ArtifactError: files missing or damaged, layers that do not fit together, numbers that are not finite.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        if (folder / WEIGHTS_NAME).stat().st_size > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES // 2**30} GiB")
        shape: Mapping[str, Any] = json.loads((folder / SHAPE_NAME).read_text(encoding="utf-8"))
        arrays = load_file(folder / WEIGHTS_NAME)
        network = Network(
            layers=_layers(arrays, "layers", shape["layers"]),
            decoder=_layers(arrays, "decoder", shape["decoder"]),
            cluster_centres=arrays["centres"] if shape["clusters"] else None,
            known=tuple(int(index) for index in shape["known"]),
            mean=float(shape["mean"]),
            scale=float(shape["scale"]),
            inputs=_inputs(arrays, shape["limit"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise ArtifactError(f"{SHAPE_NAME} or {WEIGHTS_NAME} is missing or damaged: {error}.") from error
    wrong = _wrong(network, classes, features)
    if wrong:
        raise ArtifactError(f"{SHAPE_NAME} and {WEIGHTS_NAME} are no network of this model: {wrong}.")
    return network


def _layers(arrays: Mapping[str, Weights], part: str, activations: list[str]) -> tuple[Layer, ...]:
    return tuple(
        Layer(arrays[f"{part}.{index}.weight"], arrays[f"{part}.{index}.bias"], str(activation))
        for index, activation in enumerate(activations)
    )


def _inputs(arrays: Mapping[str, Weights], limit: float | None) -> Inputs | None:
    return None if limit is None else Inputs(arrays["inputs.shift"], arrays["inputs.spread"], float(limit))


def _wrong(network: Network, classes: int, features: int) -> str:
    """What does not fit together; empty if all does."""
    if not network.layers:
        return "it has no layers"
    found = list(faults([*network.layers, *network.decoder], width=features, most_units=MAX_UNITS))
    found += [] if network.inputs is None else input_faults(network.inputs, width=features)
    if found:
        return found[0]
    outputs = network.layers[-1].weight.shape[0]
    if network.decoder and network.decoder[-1].weight.shape[0] != features:
        return "its decoder does not lead back to the features"
    if not network.decoder and outputs != max(1, classes):
        return f"it has {outputs} outputs"
    known = set(network.known)
    if len(known) != len(network.known) or not known <= set(range(classes)) or bool(known) != bool(classes):
        return "its classes are not those of model.json"
    centres = network.cluster_centres
    if centres is not None and not (centres.ndim == 2 and centres.shape[1] == outputs and np.isfinite(centres).all()):
        return "its cluster centres do not fit its latent space"
    return "" if np.isfinite([network.mean, network.scale]).all() else "its target scale is not finite"
