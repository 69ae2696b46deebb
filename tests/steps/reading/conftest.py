"""Opens files given as bytes, each below a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from contracts.errors import DataError
from steps.reading.source import ReadOptions, Source, open_source

Open = Callable[..., Source]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Open files by name and content with these options."""
    numbers = count()

    def open_files(files: dict[str, bytes | str] | bytes | str, **options: Any) -> Source:
        folder = tmp_path / f"data-{next(numbers)}"
        named = {"d.csv": files} if isinstance(files, bytes | str) else files
        for name, content in named.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_source(folder, folder.with_name(folder.name + "-scratch"), ReadOptions(**options))

    return open_files


@pytest.fixture
def refused(opened: Open) -> Callable[..., str]:
    """Open files that cannot be read; returns the message."""

    def open_files(files: dict[str, bytes | str] | bytes | str, **options: Any) -> str:
        with pytest.raises(DataError) as caught:
            opened(files, **options)
        return str(caught.value)

    return open_files


def rows(source: Source) -> list[tuple[Any, ...]]:
    return source.scan().collect(engine="streaming").rows()


def kinds(source: Source) -> dict[str, str]:
    short = {pl.String: "text", pl.Int64: "int", pl.Float64: "float", pl.Boolean: "bool"}
    return {name: short.get(type(kind), str(kind)) for name, kind in source.columns.items()}
