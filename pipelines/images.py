"""Which container image a framework uses in a region: a table, written by the SDK and read without it.

Place in the flow: defaults of ImageUri and ProcessingImageUri; Lambdas resolve them for other regions. One cost: the
table is as old as the SDK it was written with; `python -m pipelines.images` writes it again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from contracts.errors import ConfigError
from contracts.findings import did_you_mean

SKLEARN = "sklearn"
VERSIONS: Mapping[str, str] = {SKLEARN: "1.9-0"}
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


def generate() -> dict[str, dict[str, str]]:
    """Ask the installed SDK for every region it knows."""
    from sagemaker.core import image_uris

    images: dict[str, dict[str, str]] = {}
    for framework, version in VERSIONS.items():
        config = image_uris.config_for_framework(framework)["training"]["versions"][version]
        images[framework] = {
            region: image_uris.retrieve(
                framework=framework,
                region=region,
                version=version,
                py_version="py3",
                instance_type="ml.m5.xlarge",
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
