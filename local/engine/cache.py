"""Step caching: the signature of a step, and whether an earlier result may stand in for it.

Place in the flow: asked before a Processing or Training step with an enabled CacheConfig runs. The signature covers
what the service's covers. One cost: like there, the content below an S3 URI is no part of it; a data set that changes
must change its URI.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from local.engine.ports import ObjectStore
from local.engine.s3_uri import parse_s3_uri

# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
SIGNATURE_MEMBERS = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
}


def signature(pipeline_arn: str, step: str, kind: str, arguments: Mapping[str, object]) -> str:
    """A digest that equal steps of one pipeline share."""
    members = {member: arguments.get(member) for member in SIGNATURE_MEMBERS[kind]}
    text = json.dumps([pipeline_arn, step, kind, members], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def outputs_exist(uris: Iterable[str], objects: ObjectStore) -> bool:
    """True where nothing that the earlier run uploaded has been deleted."""
    return all(objects.exists(*parse_s3_uri(uri)) for uri in uris)
