"""The bundle is a pure function of the sources."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from steps.bundle import build_bundle, bundle_sha256


def test_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = build_bundle(tmp_path / "a"), build_bundle(tmp_path / "b")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256 == bundle_sha256()
    assert hashlib.sha256(first.path.read_bytes()).hexdigest() == first.sha256


def test_bundle_holds_sources_only_sorted_and_without_a_clock(tmp_path: Path) -> None:
    with zipfile.ZipFile(build_bundle(tmp_path).path) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert all(name.endswith(".py") for name in names)
        assert {name.split("/")[0] for name in names} == {"__main__.py", "contracts", "steps"}
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
