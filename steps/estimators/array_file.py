"""Named arrays in one file, read back without pickle and without trusting what the file says about its size.

Used by models that are stored points. Cost: arrays are stored as they are; model.tar.gz compresses them.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import ArtifactError
from steps.archive import MAX_BYTES

ARRAYS_NAME = "arrays.npz"
MAX_HEADER = 10_000


def write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays.npz."""
    np.savez(
        folder / ARRAYS_NAME,
        allow_pickle=False,
        **{name: np.asarray(array, order="C") for name, array in arrays.items()},
    )


def read_arrays(folder: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """The named arrays of arrays.npz; numbers only.

    Raises:
        ArtifactError: missing, damaged, larger than it claims, with other arrays, or with anything but numbers.
    """
    path = folder / ARRAYS_NAME
    if not path.is_file():
        raise ArtifactError(f"The model archive holds no {ARRAYS_NAME}; train the model again.")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, names)
        with np.load(path, allow_pickle=False) as content:
            return {name: content[name] for name in names}
    except (zipfile.BadZipFile, ValueError, LookupError, EOFError, OSError) as error:
        raise ArtifactError(f"{ARRAYS_NAME} is damaged or forged ({error}); train the model again.") from error


def _check_members(archive: zipfile.ZipFile, names: tuple[str, ...]) -> None:
    members = archive.infolist()
    if sorted(item.filename for item in members) != sorted(f"{name}.npy" for name in names):
        raise ValueError(f"it must hold {', '.join(names)}")
    if sum(item.file_size for item in members) > MAX_BYTES:
        raise ValueError(f"it unpacks to more than {MAX_BYTES // 2**30} GiB")
    for item in members:
        with archive.open(item) as file:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(f"{item.filename} has the format {version}")
            shape, _, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=MAX_HEADER)
            size = file.tell() + math.prod(shape) * dtype.itemsize
        if dtype.kind not in "fiu" or size != item.file_size:
            raise ValueError(f"{item.filename} holds no plain numbers of the size that it claims")
