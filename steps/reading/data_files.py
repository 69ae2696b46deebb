"""Which files of a folder are data, and what kind each one is.

First stage of open_source. Readme, licence, dataset.yaml and hidden files are passed over; kinds are told by bytes,
not by names. Cost: a data file with a name of none of the known endings is not seen in a folder; name it directly.
"""

from __future__ import annotations

import re
from pathlib import Path

from contracts.errors import DataError
from steps.reading.archives import PACKED_SUFFIXES
from steps.reading.json_rows import JSON_SUFFIXES
from steps.reading.parquet_files import PARQUET_SUFFIXES

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".psv", ".txt", ".data")
_KINDS = (*TEXT_SUFFIXES, *PARQUET_SUFFIXES, *JSON_SUFFIXES)
_NOT_DATA = re.compile(
    r"(readme|licen[cs]e|notice|changelog|metadata\.|manifest\.|_|\.|dataset\.(ya?ml|json|toml|md|txt)$)", re.IGNORECASE
)


def data_files(source: Path) -> list[tuple[Path, str]]:
    """The data files of a folder in the order of their names, each with its name below the folder; or the one file.

    Raises:
        DataError: there is none.
    """
    if source.is_file():
        return [(source, source.name)]
    if not source.is_dir():
        raise DataError(f"{source} does not exist; name a data file or a folder of data files.")
    files = sorted(path for path in source.rglob("*") if path.is_file())
    data = [path for path in files if _is_data(path, source)]
    if not data:
        present = sorted(path.name for path in files)
        listing = f" It holds {', '.join(present[:5])}." if present else " It is empty."
        raise DataError(
            f"The dataset has no data file.{listing} Expected at least one file ending in .csv, .parquet "
            "(also .csv.gz, .tsv, .jsonl)."
        )
    return [(path, path.relative_to(source).as_posix()) for path in data]


def _is_data(path: Path, folder: Path) -> bool:
    if _NOT_DATA.match(path.name) or any(part.startswith(".") for part in path.relative_to(folder).parts):
        return False
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if not suffixes:
        return False
    if suffixes[-1] == ".zip":
        return True
    if suffixes[-1] in PACKED_SUFFIXES:
        return len(suffixes) > 1 and suffixes[-2] in _KINDS
    return suffixes[-1] in _KINDS
