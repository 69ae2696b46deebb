"""The webhook's benchmark runs the real handler from a package that holds all it needs and nothing else."""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.webhook import OURS, Side, run, table
from benchmarks.webhook_package import build
from benchmarks.webhook_stub import stub

ROOT = Path(__file__).resolve().parents[2]


def test_our_package_takes_deliveries_by_itself_and_is_small(tmp_path, capsys):
    absent = Side("absent", "benchmarks.webhook_pygithub", ("no-such-distribution",))
    with stub() as url:
        results = run(tmp_path, url, rounds=1, deliveries=3, sides=(OURS, absent))

    [result] = results.values()
    assert result.size.zipped < result.size.unzipped < 200_000
    assert result.sources[0].first > result.sources[0].warm > 0
    assert "absent: not measured, no-such-distribution is not installed." in capsys.readouterr().err
    assert table(results).count("\n") == 2
    packaged = {path.relative_to(tmp_path / "0-sources").as_posix() for path in (tmp_path / "0-sources").rglob("*.py")}
    assert "lambdas/issue_webhook/handler.py" in packaged
    assert not any(path.startswith(("lambdas/github/", "contracts/messages")) for path in packaged)


def test_a_distribution_is_packaged_with_its_needs_but_without_those_of_the_runtime(tmp_path):
    pytest.importorskip("requests")
    build(tmp_path, root=ROOT, modules={"os": os.__file__, "sys": sys.executable}, distributions=["requests"])

    found = {path.name for path in tmp_path.iterdir()}
    assert {"requests", "certifi", "idna"} <= found
    assert not {"urllib3", "boto3", "os.py"} & found
