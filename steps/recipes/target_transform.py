"""Transform of a regression's target: what the trainer learns, and the way back to the target's own units.

PrepareData fits and applies it, the model inverts it. Cost: a mean on the transformed scale is no mean on the
target's own, so errors are measured after the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetTransform:
    """log1p (sign(y)·log(1+|y|)) or yeo_johnson with its lambda."""

    kind: Literal["log1p", "yeo_johnson"]
    power: float = 1.0

    def forward(self, values: Floats) -> Floats:
        """(n,) values on the scale that the trainer sees."""
        if self.kind == "log1p":
            return np.asarray(np.sign(values) * np.log1p(np.abs(values)))
        upper, lower = np.maximum(values, 0.0), np.maximum(-values, 0.0)
        return np.where(values >= 0, _power(upper, self.power), -_power(lower, 2.0 - self.power))

    def invert(self, values: Floats) -> Floats:
        """(n,) values in the target's own units."""
        if self.kind == "log1p":
            return np.asarray(np.sign(values) * np.expm1(np.minimum(np.abs(values), 700.0)))
        upper, lower = np.maximum(values, 0.0), np.maximum(-values, 0.0)
        return np.where(values >= 0, _unpower(upper, self.power), -_unpower(lower, 2.0 - self.power))


def _power(values: Floats, power: float) -> Floats:
    if abs(power) < 1e-9:
        return np.asarray(np.log1p(values))
    return np.asarray(((values + 1.0) ** power - 1.0) / power)


def _unpower(values: Floats, power: float) -> Floats:
    if abs(power) < 1e-9:
        return np.asarray(np.expm1(np.minimum(values, 700.0)))
    base = np.maximum(values * power + 1.0, 1e-12)
    return np.asarray(np.exp(np.minimum(np.log(base) / power, 700.0)) - 1.0)
