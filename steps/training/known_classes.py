"""Which classes a training part holds: a model learns these, and gives the others probability 0.

Used by the trainers whose libraries want classes without gaps. Cost: none worth naming.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import DataError


def known_classes(target: NDArray[Any], classes: int) -> tuple[int, ...]:
    """Indices, ascending, of the classes that stand in the target (n,).

    Raises:
        DataError: fewer than two.
    """
    known = tuple(int(index) for index in np.flatnonzero(np.bincount(target, minlength=classes)))
    if len(known) < 2:
        raise DataError(
            f"The training part holds {len(known)} of {classes} classes, which leaves nothing to learn; "
            "bring more rows of the others, or split stratified."
        )
    return known
