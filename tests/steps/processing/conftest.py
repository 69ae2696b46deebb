"""Runs PrepareData in this process, on files written on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from steps.preprocessor import Preprocessor
from steps.processing import prepare_data
from steps.runtime import Runtime

Files = pl.DataFrame | str | bytes | dict[str, bytes]


@dataclass(frozen=True)
class Prepared:
    """The outputs of one PrepareData."""

    base: Path

    @property
    def metadata(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.file("metadata/metadata.json").read_text(encoding="utf-8"))
        return content

    @property
    def preprocessor(self) -> Preprocessor:
        return Preprocessor.load(self.file("preprocessor"))

    @property
    def finding_ids(self) -> list[str]:
        return [finding["id"] for finding in self.metadata["findings"]]

    def file(self, name: str) -> Path:
        return self.base / "processing" / name

    def table(self, name: str) -> pl.DataFrame:
        paths = sorted(self.file(name).glob("part-*.parquet"))
        return pl.concat([pl.read_parquet(path) for path in paths])

    def column(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(item for item in self.metadata["columns"] if item["name"] == name)
        return found


Prepare = Callable[..., Prepared]


@pytest.fixture
def prepare(tmp_path: Path) -> Prepare:
    """prepare(data, target="y", scaling="none", ...): settings of preprocessing_config by name."""
    count = iter(range(1000))

    def run(
        data: Files, *, target: str | None = "y", task_type: str | None = None, learning_type: str = "supervised",
        seed: int = 42, **preprocessing: Any,
    ) -> Prepared:  # fmt: skip
        base = tmp_path / f"job{next(count)}"
        inputs = base / "processing" / "input"
        (inputs / "dataset").mkdir(parents=True)
        (inputs / "config").mkdir()
        if isinstance(data, pl.DataFrame):
            data.write_parquet(inputs / "dataset" / "data.parquet")
        else:
            files = data if isinstance(data, dict) else {"data.csv": data.encode() if isinstance(data, str) else data}
            for name, content in files.items():
                (inputs / "dataset" / name).write_bytes(content)
        config = {"target": target, "task_type": task_type, "learning_type": learning_type, "seed": seed}
        text = json.dumps(config | {"preprocessing_config": preprocessing})
        (inputs / "config" / "data_config.json").write_text(text, encoding="utf-8")
        prepare_data.main(["--dataset-id", "d", "--dataset-fingerprint", "f"], Runtime(base))
        return Prepared(base)

    return run
