"""The definition JSON without the SDK: the one that ships, or one compiled once per change of its sources.

Place in the flow: the command and the local stack load it at every start, in milliseconds. One cost: whoever changes
the pipeline must run `python -m pipelines.compiled_definition --write` (a test says so).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from contracts import names
from contracts.errors import DefinitionError
from contracts.findings import format_findings, has_errors

SHIPPED = "compiled/training_pipeline.json"
SHIPPED_FOR = "compiled/sources.json"
PIPELINE_MODULE = "pipelines.training.pipeline"
SOURCE_MODULES = (
    "contracts.algorithm",
    "contracts.algorithms",
    "contracts.errors",
    "contracts.findings",
    "contracts.hyperparameters",
    "contracts.metrics",
    "contracts.names",
    "contracts.network_hyperparameters",
    "contracts.supervised_algorithms",
    "contracts.unsupervised_algorithms",
    "pipelines.deferred_credentials",
    "pipelines.images",
)


def load(*, code_uri: str, cache_dir: Path) -> str:
    """The definition for a local installation, running the code at `code_uri`.

    Raises:
        DefinitionError: the sources changed since the definition was shipped and the SDK is not installed.
    """
    wanted = sources_hash()
    definition = _shipped(wanted) or _cached(wanted, cache_dir)
    for parameter in definition["Parameters"]:
        if parameter["Name"] == names.CODE_URI:
            parameter["DefaultValue"] = code_uri
    return json.dumps(definition, ensure_ascii=False)


def sources_hash() -> str:
    """Content address of everything the definition is made from."""
    digest = hashlib.sha256()
    for label, path in _sources():
        content = path.read_bytes()
        digest.update(f"{label}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def compile_definition() -> dict[str, Any]:
    """Build with the SDK, for the local account, and check the result.

    Raises:
        DefinitionError: the SDK is missing, or the service would refuse the definition.
    """
    from pipelines import preflight
    from pipelines.sdk_environment import import_pipeline_module

    module = import_pipeline_module(PIPELINE_MODULE, names.REGION)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = module.get_pipeline(
            region=names.REGION,
            account=names.LOCAL_ACCOUNT,
            role=names.LOCAL_ROLE_ARN,
            default_bucket=names.LOCAL_BUCKET,
        )
        text = pipeline.definition()
    findings = preflight.check(text)
    if has_errors(findings):
        raise DefinitionError(f"SageMaker would refuse this definition:\n{format_findings(findings)}")
    definition: dict[str, Any] = json.loads(text)
    return definition


def as_shipped(definition: dict[str, Any]) -> str:
    """The text of the file that ships."""
    return json.dumps(definition, ensure_ascii=False, indent=1) + "\n"


def _shipped(wanted: str) -> dict[str, Any] | None:
    """The definition in the package, if it was made from these sources."""
    package = files("pipelines")
    definition, made_from = package.joinpath(SHIPPED), package.joinpath(SHIPPED_FOR)
    if not definition.is_file() or not made_from.is_file():
        return None
    if json.loads(made_from.read_text(encoding="utf-8"))["sources_sha256"] != wanted:
        return None
    content: dict[str, Any] = json.loads(definition.read_text(encoding="utf-8"))
    return content


def _cached(wanted: str, cache_dir: Path) -> dict[str, Any]:
    path = cache_dir / f"{wanted}.json"
    try:
        cached: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        cached = compile_definition()
        cache_dir.mkdir(parents=True, exist_ok=True)
        _write_whole(path, json.dumps(cached, ensure_ascii=False))
    return cached


def _write_whole(path: Path, text: str) -> None:
    """Replace the file in one go: two commands may compile at the same time."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _sources() -> Iterator[tuple[str, Path]]:
    package = Path(__file__).parent
    for path in sorted((package / "training").glob("*.py")):
        yield f"pipelines/training/{path.name}", path
    yield "pipelines/compiled/images.json", package / "compiled" / "images.json"
    for module in SOURCE_MODULES:
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            raise DefinitionError(f"Module '{module}' is not installed; install sagemaker-issueops again.")
        yield module, Path(spec.origin)


def main(arguments: list[str] | None = None) -> int:
    """Compile again; with --write, ship the result."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.compiled_definition", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {SHIPPED} instead of printing")
    options = parser.parse_args(arguments)
    text = as_shipped(compile_definition())
    if not options.write:
        print(text, end="")
        return 0
    package = Path(__file__).parent
    _write_whole(package / SHIPPED, text)
    _write_whole(package / SHIPPED_FOR, json.dumps({"sources_sha256": sources_hash()}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
