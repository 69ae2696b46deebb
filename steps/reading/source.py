"""Opens a data set of any usual format as Parquet in small row groups: the way in for PrepareData and `predict`.

Files are unpacked, understood and checked one by one (delimited.py, json_rows.py, parquet_files.py); then types are
agreed upon over all files and the text is streamed into Parquet below the scratch folder. Memory is bounded whatever
the size of the data. Every defect that would silently change data is a DataError naming file, place and remedy.
Cost: scratch needs room for the data as text (if it has to be unpacked or recoded) and as Parquet.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from contracts.errors import DataError
from steps.reading.archives import unpack
from steps.reading.column_types import ColumnType, common_types, number_types
from steps.reading.data_files import data_files
from steps.reading.delimited import NotNumbers, TextPart, prepare
from steps.reading.json_rows import JsonPart, is_json, prepare_json
from steps.reading.options import ReadOptions, small_chunks
from steps.reading.parquet_files import MAGIC, PARQUET_SUFFIXES, count_rows, prepare_parquet, scan_parquet

__all__ = ["ReadOptions", "Source", "open_source"]


@dataclass(frozen=True, slots=True)
class Source:
    """All rows of a data set, in the order of the files' names and of the rows within them."""

    rows: int
    columns: Mapping[str, pl.DataType]
    files: tuple[str, ...]
    separator: str | None
    """Of the first text file; None if there is none."""
    renamed: tuple[str, ...]
    """Headers that stood twice, as they are called here."""
    notes: tuple[str, ...]
    """What was assumed, one sentence each."""
    _parquet: tuple[tuple[Path, int], ...] = field(repr=False)
    _casts: tuple[bool, ...] = field(repr=False)
    _block_rows: int = field(repr=False)

    def scan(self) -> pl.LazyFrame:
        """Every row, lazily; collect with engine="streaming"."""
        if not any(self._casts):
            return scan_parquet([path for path, _ in self._parquet]).select(list(self.columns))
        return pl.concat([self._scan_one(index) for index in range(len(self._parquet))])

    def batches(self, size: int, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Frames of at most ``size`` rows, in order; only these columns, in this order."""
        wanted = list(self.columns) if columns is None else list(columns)
        step = size * max(1, self._block_rows // size)
        for index, (_, height) in enumerate(self._parquet):
            rows = self._scan_one(index).select(wanted)
            for start in range(0, height, step):
                yield from rows.slice(start, step).collect().iter_slices(size)

    def _scan_one(self, index: int) -> pl.LazyFrame:
        rows = scan_parquet(self._parquet[index][0])
        if not self._casts[index]:
            return rows.select(list(self.columns))
        return rows.select(pl.col(name).cast(kind) for name, kind in self.columns.items())


def open_source(folder_or_file: Path, scratch: Path, options: ReadOptions) -> Source:
    """Read a data set, leaving Parquet files below ``scratch`` (which the caller owns and deletes).

    Raises:
        DataError: nothing to read, or a file is broken; the message names file, place and remedy.
    """
    found = data_files(folder_or_file)
    scratch.mkdir(parents=True, exist_ok=True)
    base = Path(tempfile.mkdtemp(prefix="read-", dir=scratch))
    try:
        with small_chunks(options):
            return _opened(found, base, options)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DataError(
            f"The volume of {scratch} is full; reading needs room for the data once as text and once as Parquet. "
            "Use a larger volume."
        ) from error


def _opened(found: Sequence[tuple[Path, str]], base: Path, options: ReadOptions) -> Source:
    parts: list[_Part] = []
    for index, (path, name) in enumerate(found):
        room = base / f"{index:05d}"
        room.mkdir()
        parts.append(_understood(path, name, room, options))
    _check_same_columns(parts)
    _write_text(parts, options)
    for part in parts:
        if isinstance(part.content, JsonPart):
            part.parquet = [part.room / "rows.parquet"]
            part.content.convert(part.parquet[0], options)
        part.clean()
    return _source(parts, options)


@dataclass(slots=True)
class _Part:
    """One file on its way: what was understood of it, and the Parquet files that it becomes."""

    name: str
    room: Path
    columns: tuple[str, ...]
    content: TextPart | JsonPart | None
    parquet: list[Path] = field(default_factory=list)

    def clean(self) -> None:
        """Delete unpacked and recoded copies."""
        for path in self.room.iterdir():
            if path not in self.parquet:
                path.unlink()


def _understood(path: Path, name: str, room: Path, options: ReadOptions) -> _Part:
    plain = unpack(path, name, room)
    with plain.path.open("rb") as stream:
        head = stream.read(64 * 1024)
    if head[:4] == MAGIC:
        parquet = prepare_parquet(plain.path, name, room, options)
        return _Part(name, room, tuple(scan_parquet(parquet[0]).collect_schema()), None, parquet)
    if not head.strip(b"\r\n\t \x00"):
        raise DataError(f"{name} is empty; upload the file again.")
    if plain.inner.lower().endswith(PARQUET_SUFFIXES):
        raise DataError(f"{name} is not a Parquet file although its name says so (its first bytes are not PAR1).")
    if head[257:262] == b"ustar":
        raise DataError(f"{name} is a tar archive; unpack it and upload the data files themselves.")
    if is_json(plain.inner, head):
        rows = prepare_json(plain.path, name, room, options)
        return _Part(name, room, tuple(rows.schema), rows)
    text = prepare(plain.path, name, room, options)
    return _Part(name, room, text.dialect.names, text)


def _check_same_columns(parts: Sequence[_Part]) -> None:
    first = parts[0]
    for part in parts[1:]:
        if set(part.columns) != set(first.columns):
            lacking = sorted(set(first.columns) - set(part.columns))
            added = sorted(set(part.columns) - set(first.columns))
            raise DataError(
                f"{part.name} has other columns than {first.name}: it lacks {lacking[:5] or 'none'} and adds "
                f"{added[:5] or 'none'}. All files of a dataset must have the same columns; put other tables into "
                "another dataset folder."
            )


def _write_text(parts: Sequence[_Part], options: ReadOptions) -> None:
    """Convert the text files with types that hold for all of them."""
    texts = [(part, part.content) for part in parts if isinstance(part.content, TextPart)]
    types = common_types(text.types for _, text in texts)
    for choose in (_as_sampled, _over_all_rows, _all_text):
        try:
            types = choose([text for _, text in texts], types)
            for part, text in texts:
                part.parquet = [part.room / "rows.parquet"]
                text.convert(types, part.parquet[0], options)
            return
        except (NotNumbers, pl.exceptions.PolarsError) as error:
            failure = error
    raise DataError(f"{failure}. Export the file again with every cell quoted.") from failure


def _as_sampled(_: Sequence[TextPart], types: dict[str, ColumnType]) -> dict[str, ColumnType]:
    return types


def _over_all_rows(texts: Sequence[TextPart], types: dict[str, ColumnType]) -> dict[str, ColumnType]:
    numeric = [name for name, kind in types.items() if kind is not None and kind is not pl.String]
    return common_types(number_types(text.scan({}), numeric) for text in texts if text.rows)


def _all_text(_: Sequence[TextPart], types: dict[str, ColumnType]) -> dict[str, ColumnType]:
    return dict.fromkeys(types, pl.String)


def _source(parts: Sequence[_Part], options: ReadOptions) -> Source:
    parquet = [(path, count_rows(path)) for part in parts for path in part.parquet]
    names = tuple(part.name for part in parts)
    rows = sum(height for _, height in parquet)
    if rows == 0:
        raise DataError(f"{', '.join(names)} has a header but no rows; add data rows below the header.")
    schemas = [scan_parquet(path).collect_schema() for path, _ in parquet]
    columns = _common_schema(parts[0].columns, schemas, options)
    texts = [part.content for part in parts if isinstance(part.content, TextPart)]
    return Source(
        rows=rows,
        columns=columns,
        files=names,
        separator=texts[0].dialect.separator if texts else None,
        renamed=texts[0].dialect.renamed if texts else (),
        notes=tuple(note for part in parts if part.content is not None for note in part.content.notes),
        _parquet=tuple(parquet),
        _casts=tuple(dict(schema) != columns for schema in schemas),
        _block_rows=options.row_group_rows(len(columns)),
    )


def _common_schema(names: Sequence[str], schemas: Sequence[pl.Schema], options: ReadOptions) -> dict[str, pl.DataType]:
    """Types that hold the cells of every file; DataError if there is none."""
    plain = [{name: _plain(schema[name]) for name in names} for schema in schemas]
    different = [schema for index, schema in enumerate(plain) if schema not in plain[:index]]
    try:
        common = pl.concat(
            [pl.LazyFrame(schema=schema) for schema in different], how="vertical_relaxed"
        ).collect_schema()
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"The files of the dataset have columns of types that do not go together: {error}. "
            "Write the column in the same way in every file."
        ) from error
    return {
        name: pl.String() if name in options.text_columns and not kind.is_nested() else kind
        for name, kind in common.items()
    }


def _plain(kind: pl.DataType) -> pl.DataType:
    """Types that the steps know: categories are text, decimals are numbers."""
    if kind in (pl.Categorical, pl.Enum) or kind == pl.Null:
        return pl.String()
    return pl.Float64() if isinstance(kind, pl.Decimal) else kind
