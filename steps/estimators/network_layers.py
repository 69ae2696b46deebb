"""The arithmetic of a trained network in NumPy: what happens to a row on its way in, and layer after layer.

Used by network, which stores them. Cost: a kind of layer or activation that training may use has to be written here,
too; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float32]
BATCH_ROWS = 8_192


@dataclass(frozen=True, slots=True)
class Inputs:
    """``clip((x - shift) / spread, -limit, limit)``: columns of any scale, and no row that is beyond all others.

    Attributes:
        shift: (features,); with ``spread``: 0 and 1 for a column that is scaled already.
        limit: in spreads.
    """

    shift: Weights
    spread: Weights
    limit: float

    def prepare(self, x: Weights) -> Weights:
        """What the first layer sees; overwrites x."""
        if self.shift.any() or (self.spread != 1).any():
            np.subtract(x, self.shift, out=x)
            np.divide(x, self.spread, out=x)
        return np.clip(x, np.float32(-self.limit), np.float32(self.limit), out=x)

    def restored(self, prepared: Weights) -> Weights:
        """On the scale of the matrix again."""
        return prepared * self.spread + self.shift


@dataclass(frozen=True, slots=True)
class Layer:
    """``activation(x @ weight.T + bias)``; weight is (outputs, inputs)."""

    weight: Weights
    bias: Weights
    activation: str


def forward(layers: Sequence[Layer], x: NDArray[np.floating], inputs: Inputs | None = None) -> Weights:
    """(n, outputs) of the last layer."""
    pieces = []
    for start in range(0, max(1, len(x)), BATCH_ROWS):
        done: Weights = np.array(x[start : start + BATCH_ROWS], dtype=np.float32)
        if inputs is not None:
            done = inputs.prepare(done)
        for layer in layers:
            done = ACTIVATIONS[layer.activation](done @ layer.weight.T + layer.bias)
        pieces.append(done)
    return np.concatenate(pieces)


def faults(layers: Sequence[Layer], *, width: int, most_units: int) -> Iterator[str]:
    """What is wrong with layers that shall take ``width`` columns; nothing if they are sound."""
    for layer in layers:
        outputs = layer.weight.shape[0] if layer.weight.ndim == 2 else 0
        if not 0 < outputs <= most_units or layer.weight.shape[1] != width or layer.bias.shape != (outputs,):
            yield "its layers do not fit together"
            return
        if layer.activation not in ACTIVATIONS:
            yield f"it has no activation {layer.activation[:20]!r}"
        if layer.weight.dtype != np.float32 or layer.bias.dtype != np.float32:
            yield "its weights are of another kind"
        elif not (np.isfinite(layer.weight).all() and np.isfinite(layer.bias).all()):
            yield "its weights are not finite numbers"
        width = outputs


def input_faults(inputs: Inputs, *, width: int) -> Iterator[str]:
    """What is wrong with the scale of the inputs; nothing if it is sound."""
    arrays = (inputs.shift, inputs.spread)
    if any(array.shape != (width,) or array.dtype != np.float32 for array in arrays):
        yield "the scale of its inputs does not fit the features"
    elif not (np.isfinite(inputs.shift).all() and np.isfinite(inputs.spread).all() and (inputs.spread > 0).all()):
        yield "the scale of its inputs is not finite"
    if not (np.isfinite(inputs.limit) and inputs.limit > 0):
        yield "the limit of its inputs is no positive number"


def _gelu(x: Weights) -> Weights:
    """The tanh form, as training uses it. Source: Hendrycks and Gimpel (2016)."""
    inner = np.float32(0.7978845608028654) * (x + np.float32(0.044715) * x**3)
    return np.asarray(np.float32(0.5) * x * (np.float32(1.0) + np.tanh(inner)), dtype=np.float32)


ACTIVATIONS: Mapping[str, Callable[[Weights], Weights]] = {
    "none": lambda x: x,
    "relu": lambda x: np.maximum(x, np.float32(0.0)),
    "tanh": lambda x: np.tanh(x),
    "gelu": _gelu,
}
