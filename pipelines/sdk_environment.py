"""Makes the SageMaker SDK importable and quiet: a region, no role check over the network, no banners, no telemetry.

Place in the flow: called before the first `import sagemaker`, by compiler and console scripts. One cost: it sets
variables of this process, because the SDK reads them while it is being imported.
"""

from __future__ import annotations

import importlib
import logging
import os
import warnings
from types import ModuleType

from contracts import names
from contracts.errors import DefinitionError
from pipelines.deferred_credentials import deferred_default_session

_NOISY_LOGGERS = ("sagemaker.config", "sagemaker.core.config", "sagemaker.core.telemetry.telemetry_logging")


def prepare_sdk(region: str | None = None) -> None:
    """Set what the SDK reads at import; what the caller's environment says stays."""
    if not os.environ.get("AWS_REGION") and not os.environ.get("AWS_DEFAULT_REGION"):
        os.environ["AWS_DEFAULT_REGION"] = region or names.REGION
    os.environ.setdefault("SAGEMAKER_VALIDATE_ROLE", "false")
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)


def import_pipeline_module(name: str, region: str | None = None) -> ModuleType:
    """Import a module that builds a pipeline.

    Raises:
        DefinitionError: the module, or the SDK it needs, is not installed.
    """
    prepare_sdk(region)
    try:
        with warnings.catch_warnings(), deferred_default_session():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.partition(".")[0] == "sagemaker":
            raise DefinitionError(
                "Compiling the pipeline needs the SageMaker Python SDK, which is not installed; "
                "run: pip install 'sagemaker-issueops[sagemaker]'"
            ) from error
        raise DefinitionError(f"Module '{name}' cannot be imported: {error}.") from error
