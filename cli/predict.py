"""`issueops predict MODEL FILE`: a registered model applied to rows of a file, through the code that serves it.

Place in the flow: takes model.tar.gz from the local registry (or from a path), reads the file in batches and writes
what `steps.serving.predict_fn` says of each, in the order of the rows. One cost: the temporary folder needs room for
the rows once more, as Parquet.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from cli.table_writer import check_output, open_table
from contracts.errors import ConfigError, DataError, RegistryError
from contracts.findings import nearest, shown_name
from steps.model_artifact import Model, load_model
from steps.numbers_in_text import Notation
from steps.preprocessor import Preprocessor
from steps.reading.source import ReadOptions, open_source
from steps.recipes.dates import DateColumn
from steps.recipes.numeric import NumericColumn
from steps.serving import predict_fn

if TYPE_CHECKING:
    from registry.versions import ModelSummary, ModelVersion

BATCH_CELLS = 4_000_000
MAX_BATCH_ROWS = 100_000
SHOWN_NAMES = 20
_WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d*")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model on this disk; `version` is None where it does not come from the registry."""

    path: Path
    model: str
    version: int | None

    def __str__(self) -> str:
        return self.model if self.version is None else f"{self.model}@{self.version}"


def predict(arguments: argparse.Namespace) -> int:
    """Exit 0 when every row has its prediction, 2 where the model, the file or the output cannot be used."""
    out: Path | None = arguments.output
    if arguments.json and out is None:
        raise ConfigError("--json prints what was written where, so the predictions need a file: add -o OUT.")
    if not arguments.file.exists():
        raise ConfigError(f"there is no file {arguments.file}.")
    check_output(out)
    if out is not None and out.exists() and out.samefile(arguments.file):
        raise ConfigError(f"the output {out} is the file with the rows; write to another.")
    with tempfile.TemporaryDirectory(prefix="predict-") as folder:
        scratch = Path(folder)
        source = fetch_model(arguments.model, arguments.home, scratch / "model.tar.gz")
        rows = predict_file(
            load_model(source.path), arguments.file, out, with_input=arguments.with_input, scratch=scratch
        )
    if arguments.json:
        answer = {"rows": rows, "output": str(out), "model": source.model, "version": source.version}
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    elif out is not None:
        print(f"{rows} row(s) predicted by {source} in {out}.")
    return 0


def fetch_model(text: str, home: Path, target: Path) -> ModelFile:
    """The model that the argument names: a path, or a registered model, which is copied to `target`.

    Raises:
        ConfigError: there is no such path.
        RegistryError: there is no such model or version, or none is approved and none was named.
    """
    if text.endswith((".tar.gz", ".tgz")) or ("/" in text and not text.startswith("arn:")):
        path = Path(text)
        if not path.exists():
            raise ConfigError(f"there is no model at {path}.")
        return ModelFile(path, text, None)
    if not home.is_dir():
        raise RegistryError(f"there is no registry in {home}; name its home with --home, or a model.tar.gz.")
    from cli.wiring import open_stack
    from local.api_errors import ApiError

    with open_stack(home) as stack:
        version = _choose(stack.client("sagemaker"), text)
        bucket, _, key = version.model_data_url.removeprefix("s3://").partition("/")
        try:
            stack.objects.get_file(bucket, key, target)
        except ApiError as error:
            raise RegistryError(f"{version.model_data_url}, the model of {text}, is gone: {error.message}.") from error
    return ModelFile(target, version.group, version.version)


def predict_file(model: Model, file: Path, out: Path | None, *, with_input: bool, scratch: Path) -> int:
    """Predict the rows of a file into another, or to standard output as CSV; returns how many.

    Raises:
        ConfigError: the file cannot be read, lacks columns, or the output cannot be written.
    """
    size = min(MAX_BATCH_ROWS, max(1_000, BATCH_CELLS // len(model.preprocessor.features)))
    with _as_invalid_input(file):
        source = open_source(file, scratch, ReadOptions(text_columns=text_columns(model.preprocessor)))
    for note in source.notes:
        _note(note)
    _check_columns(model, list(source.columns), file)
    wanted = None if with_input else [name for name in source.columns if name in model.preprocessor.columns] or None
    with open_table(out) as table:
        for number, rows in enumerate(source.batches(size, wanted)):
            with _as_invalid_input(file):
                predicted = predict_fn(rows, model)
            table.write(_beside(rows, predicted, first=number == 0) if with_input else predicted)
    return source.rows


def text_columns(preprocessor: Preprocessor) -> frozenset[str]:
    """Columns that were text in training, and whose cells would lose something if this file's look like numbers."""
    found = set()
    for recipe in preprocessor.recipes:
        if isinstance(recipe, NumericColumn):
            is_text = recipe.notation != Notation.PLAIN.value
        elif isinstance(recipe, DateColumn):
            is_text = bool(recipe.formats)
        else:
            is_text = any(level and not _WHOLE_NUMBER.fullmatch(level) for level in recipe.levels)
        if is_text:
            found.add(recipe.name)
    return frozenset(found)


def _choose(sagemaker: object, text: str) -> ModelVersion:
    """The version that is named, else the newest approved one."""
    from registry import packages
    from registry.champion import find_champion
    from registry.references import parse_reference
    from registry.versions import APPROVED

    reference = parse_reference(text)
    if reference.version is None:
        champion = find_champion(sagemaker, reference.group)
        if champion is None:
            raise RegistryError(_none_approved(reference.group, packages.list_summaries(sagemaker, reference.group)))
        reference = champion.reference
    version = packages.describe(sagemaker, reference)
    if version.status != APPROVED:
        _note(f"{reference} is not approved; its status is {version.status}.")
    return version


def _none_approved(group: str, versions: list[ModelSummary]) -> str:
    if not versions:
        return f"model '{group}' has no version yet."
    listed = ", ".join(f"{v.version} ({v.status})" for v in versions[:SHOWN_NAMES])
    named = f"{group}@{versions[0].version}"
    return (
        f"model '{group}' has no approved version; versions: {listed}. Name one, such as {named}, or approve one "
        f"with: issueops models approve {named}"
    )


@contextmanager
def _as_invalid_input(file: Path) -> Iterator[None]:
    """What is wrong with the rows is invalid input here, not a failed run."""
    try:
        yield
    except DataError as error:
        text = str(error)
        raise ConfigError(text if file.name in text else f"{file} cannot be predicted: {text}") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror or error}.") from error


def _check_columns(model: Model, columns: list[str], file: Path) -> None:
    """Name what is missing, with what was probably meant; a file without header is left to the serving code."""
    needed = model.preprocessor.columns
    absent = [name for name in needed if name not in columns]
    if absent and not all(name.startswith("column_") for name in columns):
        shown = ", ".join(_with_hint(name, columns) for name in absent[:SHOWN_NAMES])
        has = ", ".join(f"'{shown_name(name)}'" for name in columns[:SHOWN_NAMES])
        raise ConfigError(f"{file} lacks the column(s) {shown}. It has {has}; rename or add what is missing.")
    target = model.card.get("target")
    if target in columns and target not in needed:
        _note(f"{file} holds the target '{shown_name(str(target))}'; it is not used.")


def _with_hint(name: str, columns: list[str]) -> str:
    meant = nearest(name, columns)
    return f"'{shown_name(name)}'" + (f" (is it '{shown_name(meant)}'?)" if meant else "")


def _beside(rows: pl.DataFrame, predicted: pl.DataFrame, *, first: bool) -> pl.DataFrame:
    clashing = [name for name in rows.columns if name in predicted.columns]
    if clashing and first:
        shown = ", ".join(shown_name(name) for name in clashing[:SHOWN_NAMES])
        _note(f"the input's column(s) {shown} are left out: the predictions have the same names.")
    return pl.concat([rows.drop(clashing), predicted], how="horizontal")


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)
