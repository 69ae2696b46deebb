"""Which container image a framework uses in a region: a table, written by the SDK and read without it.

Place in the flow: defaults of ImageUri and ProcessingImageUri; Lambdas resolve them for other regions. One cost: the
table is as old as the SDK it was written with; `python -m pipelines.images` writes it again.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from contracts.errors import ConfigError
from contracts.findings import did_you_mean

SKLEARN = "sklearn"


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A framework of the catalogue and the image that trains it, as the SDK names it."""

    framework: str
    repository: str
    version: str
    python: str
    instance_type: str = "ml.m5.xlarge"


ROWS = (
    ImageRow("sklearn", "sklearn", "1.9-0", "py3"),
    ImageRow("xgboost", "xgboost", "3.2-0", "py3"),
    ImageRow("torch", "pytorch", "2.10.0", "py313"),
    ImageRow("torch-gpu", "pytorch", "2.10.0", "py313", "ml.g5.xlarge"),
)
_GPU = re.compile(r"ml\.(p|g)[0-9]")
PATH = Path(__file__).parent / "compiled" / "images.json"


@cache
def table() -> dict[str, dict[str, str]]:
    """framework -> region -> image URI."""
    text = files("pipelines").joinpath("compiled/images.json").read_text(encoding="utf-8")
    content: dict[str, dict[str, str]] = json.loads(text)
    return content


def resolve(framework: str, region: str) -> str:
    """The image of a framework in a region.

    Raises:
        ConfigError: the framework has no image, or not in that region.
    """
    regions = table().get(framework)
    if regions is None:
        raise ConfigError(f"framework must be one of {', '.join(sorted(table()))}, got '{framework}'.")
    if region not in regions:
        hint = did_you_mean(region, regions)
        raise ConfigError(f"AWS publishes no {framework} image for region '{region}'{hint}.")
    return regions[region]


def for_training(framework: str, region: str, instance_type: str) -> str:
    """The image that trains a framework on an instance: the GPU one where both have it."""
    gpu = f"{framework}-gpu"
    on_gpu = gpu in table() and _GPU.match(instance_type) is not None
    return resolve(gpu if on_gpu else framework, region)


def generate() -> dict[str, dict[str, str]]:
    """Ask the installed SDK for every region it knows."""
    from sagemaker.core import image_uris

    images: dict[str, dict[str, str]] = {}
    for row in ROWS:
        config = image_uris.config_for_framework(row.repository)["training"]["versions"][row.version]
        images[row.framework] = {
            region: image_uris.retrieve(
                framework=row.repository,
                region=region,
                version=row.version,
                py_version=row.python,
                instance_type=row.instance_type,
                image_scope="training",
            )
            for region in sorted(config["registries"])
        }
    return images


def main() -> int:
    """Write the table."""
    PATH.write_text(json.dumps(generate(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(PATH)
    return 0


if __name__ == "__main__":
    sys.exit(main())
