"""A table as it comes out of a business system: 30 columns of every kind, as CSV of any length.

Command: `python -m benchmarks.mixed_data FILE ROWS`. Same rows, same bytes; the first rows of a long file are the rows
of a shorter one. Written in pieces, so that memory does not grow with the rows.
Cost: about 170 bytes a row on disk.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

SEED = 20261124
PIECE = 250_000
TARGET = "churned"
IDENTIFIER = "customer_id"
DATE = "opened_on"
# Two decimals; the share of cells that are missing.
NUMBERS = {
    f"amount_{number}": missing for number, missing in enumerate((0, 0, 0.01, 0.02, 0.05, 0.05, 0.1, 0.1, 0.2, 0.3))
}
SKEWED = ("income", "balance", "turnover", "debt")
INTEGERS = {"age": 80, "children": 6, "visits": 300, "calls": 40, "months": 120}
FEW_LEVELS = {"region": 4, "channel": 5, "plan": 8, "segment": 12, "device": 3}
WITH_MISSING_LEVELS = "segment"
MANY_LEVELS = {"city": 200, "product": 2_000, "merchant": 20_000}
COLUMNS = (IDENTIFIER, DATE, *NUMBERS, *SKEWED, *INTEGERS, *FEW_LEVELS, *MANY_LEVELS, TARGET)


@dataclass(frozen=True, slots=True)
class MixedData:
    """The columns by kind, for those who write a preparation by hand."""

    numeric: tuple[str, ...] = (*NUMBERS, *SKEWED, *INTEGERS)
    categorical: tuple[str, ...] = (*FEW_LEVELS, *MANY_LEVELS)


def write(path: Path, rows: int) -> None:
    """Write the first ``rows`` rows with a header."""
    with path.open("wb") as file:
        for start in range(0, rows, PIECE):
            # A piece is always drawn in full: its rows must not depend on where the file ends.
            piece = _piece(start)[: rows - start]
            piece.write_csv(file, include_header=start == 0, float_precision=2)


def _piece(start: int) -> pl.DataFrame:
    # Here, so that a preparation without Polars, which needs the names only, does not pay for it.
    import numpy as np
    import polars as pl

    random = np.random.default_rng([SEED, start])
    risk = random.normal(size=PIECE)  # what the features know of the target
    columns: dict[str, pl.Series] = {
        IDENTIFIER: pl.Series(np.arange(start, start + PIECE))
        .cast(pl.String)
        .str.pad_start(8, "0")
        .str.replace("^", "K"),
        DATE: pl.Series(random.integers(14_000, 20_000, PIECE, dtype=np.int32)).cast(pl.Date),
    }
    for number, (name, missing) in enumerate(NUMBERS.items()):
        values = pl.Series(random.normal(loc=10 * number, scale=1 + number, size=PIECE) + 0.3 * risk)
        columns[name] = values.set(pl.Series(random.random(PIECE) < missing), None)
    for number, name in enumerate(SKEWED):
        columns[name] = pl.Series(np.exp(random.normal(loc=3 + number / 2, scale=1, size=PIECE) - 0.2 * risk))
    for name, levels in INTEGERS.items():
        columns[name] = pl.Series(random.integers(0, levels, PIECE))
    for name, levels in FEW_LEVELS.items():
        drawn = pl.Series(random.integers(0, levels, PIECE)).cast(pl.String)
        values = (name[:1] + drawn).alias(name)
        lost = random.random(PIECE) < (0.05 if name == WITH_MISSING_LEVELS else 0)
        columns[name] = values.set(pl.Series(lost), None)
    for name, levels in MANY_LEVELS.items():
        # A few frequent levels and a long tail.
        drawn = pl.Series((random.random(PIECE) ** 3 * levels).astype(np.int64)).cast(pl.String)
        columns[name] = (name[:1] + drawn).alias(name)
    odds = risk + 0.02 * (columns["visits"].to_numpy() - 150) + random.logistic(size=PIECE) - 2
    columns[TARGET] = pl.Series(np.where(odds > 0, "yes", "no"))
    return pl.DataFrame(columns).select(COLUMNS)


def main() -> None:
    """FILE ROWS."""
    write(Path(sys.argv[1]), int(sys.argv[2]))


if __name__ == "__main__":
    main()
