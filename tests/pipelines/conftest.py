"""The shipped definition, and one build with the SDK that all tests share."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "pipelines" / "compiled" / "training_pipeline.json"
BUILD = """
import json, socket, warnings
warnings.simplefilter("ignore")
asked = []
def refuse(*address, **_):
    asked.append(repr(address))
    raise OSError("no network in this test")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from pipelines import images
from pipelines.compiled_definition import PIPELINE_MODULE, as_shipped, compile_definition
from pipelines.sdk_environment import import_pipeline_module
module = import_pipeline_module(PIPELINE_MODULE, "us-east-1")
other = module.get_pipeline("eu-west-1", role="arn:aws:iam::210987654321:role/run", default_bucket="mine",
    base_job_prefix="team", training_instance_type="ml.m5.4xlarge", further="ignored")
tags = module.get_pipeline_custom_tags([{"Key": "a", "Value": "b"}], "eu-west-1", 
    "arn:aws:sagemaker:eu-west-1:1:project/p")
print(json.dumps({"local": as_shipped(compile_definition()), "other": other.definition(), "name": other.name,
    "images": images.generate(), "tags": tags, "asked": asked}))
"""


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The same build in two fresh processes that hash differently, neither with region, credentials or network."""
    pytest.importorskip("boto3")
    nowhere = tmp_path_factory.mktemp("no-settings")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {"PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", BUILD],
            env=environment | {"PYTHONHASHSEED": seed, "HOME": str(nowhere)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    outputs = [process.communicate(timeout=120) for process in processes]
    if any("SageMaker Python SDK" in error for _, error in outputs):
        pytest.skip("the SageMaker SDK is not installed")
    for process, (_, error) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, error
    return [json.loads(output) for output, _ in outputs]


@pytest.fixture(scope="session")
def shipped_text() -> str:
    return SHIPPED.read_text(encoding="utf-8")


@pytest.fixture
def definition(shipped_text: str) -> dict[str, Any]:
    """The shipped definition, free to be changed."""
    content: dict[str, Any] = copy.deepcopy(json.loads(shipped_text))
    return content
