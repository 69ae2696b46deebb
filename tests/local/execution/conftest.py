"""An engine on fakes: real objects and real job processes; registry, functions and queues only record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.execution.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    try:
        yield made
    finally:
        made.close()
