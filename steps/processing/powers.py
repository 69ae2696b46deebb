"""The exponent of Yeo and Johnson's transform that makes values most like a normal distribution.

Used while numbers and targets are fitted. Cost: some forty evaluations of a likelihood over the sample.

Source: Yeo and Johnson (2000); a grid and a golden section, so that PrepareData needs no SciPy.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from steps.recipes.target_transform import TargetTransform

LIMITS = (-3.0, 5.0)


def best_power(values: NDArray[np.float64]) -> float:
    """Lambda of the highest likelihood, in [-3, 5]; 1 (no change) where the values do not vary.

    Args:
        values: (n,) finite numbers.
    """
    if len(values) < 2 or float(np.ptp(values)) == 0.0:
        return 1.0
    logs = float((np.sign(values) * np.log1p(np.abs(values))).sum())

    def loss(power: float) -> float:
        done = TargetTransform("yeo_johnson", power).forward(values)
        variance = float(done.var())
        if not math.isfinite(variance) or variance <= 0:
            return math.inf
        return 0.5 * len(values) * math.log(variance) - (power - 1.0) * logs

    grid = np.linspace(*LIMITS, 33)
    best = float(grid[int(np.argmin([loss(power) for power in grid]))])
    step = float(grid[1] - grid[0])
    low, high = best - step, best + step
    ratio = (math.sqrt(5.0) - 1.0) / 2.0
    for _ in range(24):  # golden section: the likelihood has one maximum
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return round((low + high) / 2.0, 6)
