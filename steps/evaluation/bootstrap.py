"""The bootstrap: how much a metric would change with another test part of the same size.

Between scoring and the metrics. Rows are drawn with replacement and expressed as row weights, so that all replicas
are matrix products; the same seed draws the same rows, so that two models are compared row by row.
Cost: DRAWS x MAX_ROWS numbers at most. Of a larger test part a sample of m rows is resampled, and the spread scaled by
sqrt(m / n).

Source: Efron and Tibshirani (1993); Bickel, Götze and van Zwet (1997) for fewer rows than there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from steps.metrics.clustering import sampled
from steps.metrics.weighted import Floats, Indices

MAX_ROWS = 20_000
DRAWS = 200
BLOCK_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Resampling:
    """DRAWS replicas of n rows, the same for the same n and seed."""

    rows: int
    seed: int
    limit: int = MAX_ROWS
    draws: int = DRAWS

    @property
    def sample(self) -> Indices:
        """The rows that replicas are drawn from."""
        return sampled(self.rows, self.limit, self.seed)

    def replicate(self, measure: Callable[[Floats], Mapping[str, Floats]]) -> dict[str, Floats]:
        """Every metric's (draws,) values; ``measure`` gets (b, m) weights of the sample's rows."""
        pieces = [measure(weights) for weights in self._blocks()]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]} if pieces else {}

    def deviation(self, values: Floats) -> float:
        """Standard deviation of a metric of all rows; NaN where most replicas leave it undefined."""
        known = values[np.isfinite(values)]
        if self.rows < 2 or len(known) < max(2, len(values) / 2):
            return float("nan")
        with np.errstate(over="ignore", invalid="ignore"):
            spread = float(known.std(ddof=1))
        return spread * float(np.sqrt(min(self.rows, self.limit) / self.rows))

    def _blocks(self) -> Iterator[Floats]:
        """(b, m) how often each row was drawn in each replica."""
        rows = min(self.rows, self.limit)
        if rows < 2:
            return
        generator = np.random.default_rng(abs(self.seed))
        step = max(1, BLOCK_CELLS // rows)
        for start in range(0, self.draws, step):
            draws = min(step, self.draws - start)
            chosen = generator.integers(0, rows, size=(draws, rows))
            chosen += np.arange(draws)[:, None] * rows
            counts = np.bincount(chosen.ravel(), minlength=draws * rows)
            yield counts.reshape(draws, rows).astype(np.float64)
