"""Building the pipeline with the SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts import names
from contracts.errors import ConfigError, DefinitionError
from pipelines import compiled_definition, images
from pipelines.definition_steps import PlacedStep, placed_steps, triggers
from pipelines.preflight import check

ROOT = Path(__file__).parents[2]


def by_name(definition: dict[str, Any]) -> dict[str, PlacedStep]:
    return {step.name: step for step in placed_steps(definition)}


def test_two_processes_build_the_same_bytes(builds: list[dict[str, Any]]) -> None:
    assert builds[0]["local"] == builds[1]["local"]
    assert builds[0]["other"] == builds[1]["other"]


def test_shipped_definition_is_byte_for_byte_what_the_sources_build(
    builds: list[dict[str, Any]], shipped_text: str
) -> None:
    assert builds[0]["local"] == shipped_text, "run: python -m pipelines.compiled_definition --write"


def test_shipped_definition_is_marked_as_made_from_these_sources() -> None:
    marked = json.loads((ROOT / "pipelines" / compiled_definition.SHIPPED_FOR).read_text(encoding="utf-8"))
    assert marked == {"sources_sha256": compiled_definition.sources_hash()}


def test_building_asks_nothing_of_the_network(builds: list[dict[str, Any]]) -> None:
    assert builds[0]["asked"] == []


def test_shipped_images_are_what_the_sdk_names(builds: list[dict[str, Any]]) -> None:
    assert builds[0]["images"] == images.table(), "run: python -m pipelines.images"


def test_own_installation_passes_preflight_and_takes_its_account_from_the_role(
    builds: list[dict[str, Any]],
) -> None:
    text = builds[0]["other"]
    assert check(text) == []
    steps = by_name(json.loads(text))
    assert steps[names.NOTIFY_SUCCESS].content["FunctionArn"].startswith("arn:aws:lambda:eu-west-1:210987654321:")
    assert steps[names.TRAIN_MODEL].arguments["TrainingJobName"] == "team-train-model"
    assert "s3://mine/executions" in text
    assert images.resolve("sklearn", "eu-west-1") in text


def test_project_name_becomes_a_tag(builds: list[dict[str, Any]]) -> None:
    assert builds[0]["tags"] == [{"Key": "a", "Value": "b"}, {"Key": "sagemaker:project-name", "Value": "p"}]


def test_every_step_of_the_contract_is_there_with_a_title_and_a_sentence(definition: dict[str, Any]) -> None:
    steps = placed_steps(definition)
    constants = {
        value for key, value in vars(names).items()
        if isinstance(value, str) and value.isidentifier() and key.isupper()
    }  # fmt: skip
    assert {step.name for step in steps} <= constants
    assert len(steps) == 26
    for step in steps:
        assert step.content["DisplayName"], step.name
        assert step.content["Description"].endswith("."), step.name


def test_every_parameter_has_a_default(definition: dict[str, Any]) -> None:
    parameters = {p["Name"]: p for p in definition["Parameters"]}
    assert set(names.PARAMETER_DEFAULTS) <= set(parameters)
    assert len(parameters) == 28
    assert all("DefaultValue" in p for p in parameters.values())


def test_preparation_is_cached_and_training_is_not(definition: dict[str, Any]) -> None:
    steps = by_name(definition)
    assert steps[names.PREPARE_DATA].content["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}
    assert "CacheConfig" not in steps[names.TRAIN_MODEL].content


def test_training_runs_on_spot_capacity_with_checkpoints(definition: dict[str, Any]) -> None:
    request = by_name(definition)[names.TRAIN_MODEL].arguments
    assert request["EnableManagedSpotTraining"] is True
    assert request["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
    assert request["StoppingCondition"]["MaxWaitTimeInSeconds"] >= request["StoppingCondition"]["MaxRuntimeInSeconds"]


@pytest.mark.parametrize(
    ("notice", "job"),
    [
        (names.NOTIFY_PREPARE_DATA_ERROR, names.PREPARE_DATA),
        (names.NOTIFY_TRAIN_MODEL_ERROR, names.TRAIN_MODEL),
        (names.NOTIFY_EVALUATE_MODEL_ERROR, names.EVALUATE_MODEL),
    ],
)
def test_failed_job_is_told_on_the_issue(definition: dict[str, Any], notice: str, job: str) -> None:
    step = by_name(definition)[notice]
    assert triggers(step) == {job: "Failed"}
    assert step.arguments["failed_step"] == job
    assert f"Steps.{job}." not in json.dumps(step.arguments)


def test_arguments_are_those_the_step_programs_parse(definition: dict[str, Any]) -> None:
    steps = by_name(definition)
    prepare = steps[names.PREPARE_DATA].arguments["AppSpecification"]["ContainerArguments"]
    evaluate = steps[names.EVALUATE_MODEL].arguments["AppSpecification"]["ContainerArguments"]
    assert prepare[0] == "prepare-data"
    assert prepare[1::2] == ["--dataset-id", "--dataset-fingerprint", "--seed"]
    assert evaluate[0] == "evaluate"
    assert evaluate[1::2] == ["--metric", "--threshold", "--champion"]


def test_shipped_definition_loads_with_this_code_and_without_the_sdk(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pipelines import compiled_definition as c;"
        f"print(c.load(code_uri='s3://b/code/1/', cache_dir=Path({str(tmp_path)!r})));"
        "assert not {'sagemaker', 'boto3', 'botocore'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    parameters = {p["Name"]: p["DefaultValue"] for p in json.loads(done.stdout)["Parameters"]}
    assert parameters[names.CODE_URI] == "s3://b/code/1/"
    assert list(tmp_path.iterdir()) == []


def test_changed_sources_are_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[int] = []

    def compile_definition() -> dict[str, Any]:
        compiled.append(1)
        return {"Parameters": [{"Name": names.CODE_URI, "DefaultValue": ""}]}

    monkeypatch.setattr(compiled_definition, "sources_hash", lambda: "another")
    monkeypatch.setattr(compiled_definition, "compile_definition", compile_definition)
    for uri in ("s3://b/1/", "s3://b/2/"):
        loaded = json.loads(compiled_definition.load(code_uri=uri, cache_dir=tmp_path / "compiled"))
        assert loaded["Parameters"][0]["DefaultValue"] == uri
    assert compiled == [1]


def test_changed_sources_without_the_sdk_name_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_definition, "sources_hash", lambda: "another")
    monkeypatch.setitem(sys.modules, "sagemaker", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")
    with pytest.raises(DefinitionError, match=r"pip install 'sagemaker-issueops\[sagemaker\]'"):
        compiled_definition.load(code_uri="s3://b/1/", cache_dir=tmp_path / "compiled")
    assert not (tmp_path / "compiled").exists()


def test_source_list_names_every_module_that_the_build_imports() -> None:
    imported: set[str] = set()
    waiting = [*(ROOT / "pipelines" / "training").glob("*.py")]
    while waiting:
        for line in waiting.pop().read_text(encoding="utf-8").splitlines():
            words = line.split()
            if len(words) > 3 and words[0] == "from" and words[1].partition(".")[0] in ("contracts", "pipelines"):
                found = {words[1], f"{words[1]}.{words[3].rstrip(',')}"}
                for module in found - imported:
                    path = ROOT / f"{module.replace('.', '/')}.py"
                    if path.is_file():
                        imported.add(module)
                        waiting.append(path)
    outside = {module for module in imported if not module.startswith("pipelines.training.")}
    assert outside == set(compiled_definition.SOURCE_MODULES)


def test_region_without_an_image_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'us-east-1'"):
        images.resolve("sklearn", "us-eats-1")
    with pytest.raises(ConfigError, match="got 'fortran'"):
        images.resolve("fortran", "us-east-1")


def test_a_network_trains_in_the_gpu_image_where_the_instance_has_one() -> None:
    assert "-gpu-" in images.for_training("torch", "us-east-1", "ml.g5.xlarge")
    assert "-cpu-" in images.for_training("torch", "us-east-1", "ml.m5.xlarge")
    assert images.for_training("sklearn", "us-east-1", "ml.p4d.24xlarge") == images.resolve("sklearn", "us-east-1")


def test_metrics_of_the_training_job_stay_within_the_services_limit(definition: dict[str, Any]) -> None:
    found = by_name(definition)[names.TRAIN_MODEL].arguments["AlgorithmSpecification"]["MetricDefinitions"]
    assert len({row["Name"] for row in found}) == len(found) <= 40


def test_every_comment_on_an_ended_run_is_told_where_its_history_and_pictures_stand(
    definition: dict[str, Any],
) -> None:
    steps = by_name(definition)
    for notice, history in (
        (names.NOTIFY_SUCCESS, names.WRITE_HISTORY),
        (names.NOTIFY_ACCEPTED, names.WRITE_ACCEPTED_HISTORY),
        (names.NOTIFY_REJECTED, names.WRITE_REJECTED_HISTORY),
        (names.NOTIFY_FAILURE, names.WRITE_FAILED_HISTORY),
    ):
        for key in ("history_path", "history_url", "history_plots"):
            assert steps[notice].arguments[key] == {"Get": f"Steps.{history}.OutputParameters['{key}']"}
