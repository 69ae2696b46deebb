"""What a cold start of the webhook costs, beside the same handler with PyGithub, and one written with Powertools.

Command: `python -m benchmarks.webhook`. Claims: the import takes less than 150 ms; import, first delivery and package
are smaller than those of the alternatives. Each figure is of a process of its own, the sides in turn, medians; all but
the first are of the processor, for the work is its own and others may use the machine. The package is built first and
run from its folder, once without bytecode, as Lambda sees a package on its read-only disk, once with. boto3 comes from
where the interpreter has it, as from Lambda's runtime; AWS is a stub on loopback.
Cost: about a minute on two cores; Lambda's processor share below 1,769 MB of memory is smaller, so ratios travel
further than milliseconds.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.tables import markdown
from benchmarks.webhook_package import Size, build
from benchmarks.webhook_stub import stub

ROOT = Path(__file__).resolve().parents[1]
CHILD = ROOT / "benchmarks" / "webhook_child.py"
CLAIM_SECONDS = 0.150


@dataclass(frozen=True, slots=True)
class Side:
    """A handler and what it has to be deployed with."""

    name: str
    module: str
    distributions: tuple[str, ...]


OURS = Side("lambdas/issue_webhook", "lambdas.issue_webhook.handler", ())
SIDES = (
    OURS,
    Side("the same, PyGithub imported at the top", "benchmarks.webhook_pygithub", ("PyGithub",)),
    Side("written with aws-lambda-powertools", "benchmarks.webhook_powertools", ("aws-lambda-powertools",)),
)


@dataclass(frozen=True, slots=True)
class Start:
    """One process: seconds of the import by the clock, then seconds of the processor."""

    waited: float
    imported: float
    first: float
    warm: float

    @property
    def cold(self) -> float:
        """What the first delivery costs, without the interpreter's own start."""
        return self.imported + self.first


@dataclass(frozen=True, slots=True)
class Result:
    """A side's package and its starts, without bytecode and with."""

    size: Size
    sources: Sequence[Start]
    compiled: Sequence[Start]


def main() -> int:
    """Print the table; 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.webhook")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--deliveries", type=int, default=200, help="in each process")
    options = parser.parse_args()
    with stub() as url, tempfile.TemporaryDirectory(prefix="webhook-") as name:
        results = run(Path(name), url, rounds=options.rounds, deliveries=options.deliveries)
    print(f"\n{options.rounds} processes each, {options.deliveries} deliveries in each; medians;", end=" ")
    print(f"{os.cpu_count()} cores under a load of {os.getloadavg()[0]:.1f}\n")
    print(table(results))
    print()
    ours = results[OURS.name]
    seconds = max(median(starts, lambda start: start.waited) for starts in (ours.sources, ours.compiled))
    print(f"claim: import below {CLAIM_SECONDS * 1000:.0f} ms; measured at most {seconds * 1000:.0f} ms")
    beaten = [name for name, other in results.items() if name != OURS.name and not _smaller(ours, other)]
    print(f"claim: smaller and sooner than the others; missed against {', '.join(beaten) or 'none'}")
    return 1 if seconds >= CLAIM_SECONDS or beaten else 0


def run(folder: Path, url: str, *, rounds: int, deliveries: int, sides: Sequence[Side] = SIDES) -> dict[str, Result]:
    """Build every package, then start them in turn; what cannot be built is said and left out."""
    environment = _environment(url)
    packages: dict[str, tuple[Side, Size, Path, Path]] = {}
    for side in sides:
        try:
            for distribution in side.distributions:
                metadata.distribution(distribution)
        except metadata.PackageNotFoundError as error:
            print(f"{side.name}: not measured, {error.name} is not installed.", file=sys.stderr)
            continue
        modules = _child(side, environment | {"PYTHONPATH": str(ROOT)}, 1)["modules"]
        plain, compiled = (folder / f"{len(packages)}-{kind}" for kind in ("sources", "compiled"))
        size = build(plain, root=ROOT, modules=modules, distributions=side.distributions)
        build(compiled, root=ROOT, modules=modules, distributions=side.distributions)
        compileall.compile_dir(compiled, quiet=2)
        packages[side.name] = side, size, plain, compiled
    starts: dict[tuple[str, Path], list[Start]] = {}
    for _ in range(rounds):
        for side, _size, plain, compiled in packages.values():
            for place in (plain, compiled):
                done = _child(side, environment | {"PYTHONPATH": str(place)}, deliveries)
                start = Start(done["waited"], done["imported"], done["first"], done["warm"])
                starts.setdefault((side.name, place), []).append(start)
    return {
        name: Result(size, starts[name, plain], starts[name, compiled])
        for name, (_, size, plain, compiled) in packages.items()
    }


def table(results: Mapping[str, Result]) -> str:
    """Milliseconds and kilobytes, and in brackets how many times ours."""
    heads = (
        "webhook", "import ms", "CPU ms", "with bytecode", "first delivery", "import + first", "warm delivery",
        "unzipped KB", "zipped KB",
    )  # fmt: skip
    ours = _figures(results[OURS.name])
    rows = []
    for name, result in results.items():
        cells = [
            f"{value:,.1f}" if name == OURS.name else f"{value:,.1f} ({value / own:,.1f})"
            for value, own in zip(_figures(result), ours, strict=True)
        ]
        rows.append((name, *cells))
    return markdown(heads, rows)


def median(starts: Sequence[Start], of: Callable[[Start], float]) -> float:
    """Seconds."""
    return statistics.median(map(of, starts))


def _figures(result: Result) -> tuple[float, ...]:
    plain, compiled = result.sources, result.compiled
    return (
        median(plain, lambda start: start.waited) * 1000,
        median(plain, lambda start: start.imported) * 1000,
        median(compiled, lambda start: start.imported) * 1000,
        median(plain, lambda start: start.first) * 1000,
        median(plain, lambda start: start.cold) * 1000,
        median(plain, lambda start: start.warm) * 1000,
        result.size.unzipped / 1000,
        result.size.zipped / 1000,
    )


def _smaller(ours: Result, other: Result) -> bool:
    def cold(result: Result) -> float:
        return median(result.sources, lambda start: start.cold)

    return cold(ours) < cold(other) and ours.size.zipped < other.size.zipped


def _environment(url: str) -> dict[str, str]:
    queue = f"{url}/123456789012/issueops"
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "ISSUEOPS_WEBHOOK_SECRET": "webhook",
        "ISSUEOPS_REQUESTS_QUEUE_URL": f"{queue}-requests.fifo",
        "ISSUEOPS_COMMENTS_QUEUE_URL": f"{queue}-comments.fifo",
    }


def _child(side: Side, environment: Mapping[str, str], deliveries: int) -> dict[str, Any]:
    argv = [sys.executable, "-P", str(CHILD), side.module, str(deliveries)]
    done = subprocess.run(argv, env=dict(environment), cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{side.name} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    sys.exit(main())
