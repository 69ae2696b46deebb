"""Preflight accepts the shipped definition and names step and field of everything the service would refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.preflight import MAX_DEFINITION_CHARACTERS, check

Definition = dict[str, Any]
Mutation = Callable[[Definition], object]


def step(definition: Definition, name: str) -> dict[str, Any]:
    """The step of that name at any depth."""
    waiting = list(definition["Steps"])
    while waiting:
        found: dict[str, Any] = waiting.pop()
        if found["Name"] == name:
            return found
        if found["Type"] == "Condition":
            waiting += found["Arguments"]["IfSteps"] + found["Arguments"]["ElseSteps"]
    raise KeyError(name)


def arguments(definition: Definition, name: str) -> dict[str, Any]:
    result: dict[str, Any] = step(definition, name)["Arguments"]
    return result


def parameter(definition: Definition, name: str) -> dict[str, Any]:
    return next(p for p in definition["Parameters"] if p["Name"] == name)


def container(definition: Definition) -> list[Any]:
    result: list[Any] = arguments(definition, "PrepareData")["AppSpecification"]["ContainerArguments"]
    return result


def policy(definition: Definition) -> dict[str, Any]:
    result: dict[str, Any] = step(definition, "TrainModel")["RetryPolicies"][0]
    return result


def twice(items: list[Any]) -> None:
    items.append(items[0])


MUTATIONS: dict[str, tuple[Mutation, str, str]] = {
    # the definition itself
    "version": (lambda d: d.update(Version="2021"), "Version", "2020-12-01"),
    "unknown top-level member": (lambda d: d.update(Step=[]), "Step", "did you mean 'Steps'"),
    "no steps": (lambda d: d.update(Steps=[]), "Steps", "at least one step"),
    "nameless step": (lambda d: d["Steps"].append({"Type": "Lambda"}), "Steps[7]", "with a Name"),
    # parameters
    "parameter name": (lambda d: parameter(d, "Seed").update(Name="a b"), "Parameters[11].Name", "1 to 64"),
    "parameter twice": (lambda d: twice(d["Parameters"]), "Parameters.Repository", "declared twice"),
    "parameter type": (lambda d: parameter(d, "Seed").update(Type="Int"), "Parameters.Seed.Type", "one of String"),
    "default type": (lambda d: parameter(d, "Seed").update(DefaultValue="x"), "Parameters.Seed.DefaultValue", "type"),
    "default too long": (
        lambda d: parameter(d, "Hyperparameters").update(DefaultValue="x" * 1025),
        "Parameters.Hyperparameters.DefaultValue", "at most 1024",
    ),
    "enumeration too long": (
        lambda d: parameter(d, "Algorithm").update(EnumValues=["random_forest", *map(str, range(16))]),
        "Parameters.Algorithm.EnumValues", "at most 16",
    ),
    "default outside": (
        lambda d: parameter(d, "Algorithm").update(DefaultValue="magic"),
        "Parameters.Algorithm.DefaultValue", "not one of its EnumValues",
    ),
    # steps
    "step name": (lambda d: step(d, "NotifySuccess").update(Name="x" * 65), f"{'x' * 65}.Name", "1 to 64"),
    "step name twice": (lambda d: step(d, "NotifySuccess").update(Name="TrainModel"), "TrainModel.Name", "two steps"),
    "step type": (
        lambda d: step(d, "TrainModel").update(Type="Trainning"),
        "TrainModel.Type", "did you mean 'Training'",
    ),
    "foreign member": (
        lambda d: step(d, "WriteHistory").update(SqsQueueUrl="x"), "WriteHistory.SqsQueueUrl", "does not belong",
    ),
    "display name": (lambda d: step(d, "TrainModel").update(DisplayName="x" * 257), "TrainModel.DisplayName", "256"),
    "cache period": (
        lambda d: step(d, "PrepareData")["CacheConfig"].update(ExpireAfter="30 days"),
        "PrepareData.CacheConfig.ExpireAfter", "ISO 8601",
    ),
    "function": (lambda d: step(d, "WriteHistory").update(FunctionArn="f"), "WriteHistory.FunctionArn", "ARN"),
    "queue": (
        lambda d: step(d, "WaitForOperatorInput").update(SqsQueueUrl="q"), "WaitForOperatorInput.SqsQueueUrl", "SQS",
    ),
    "output type": (
        lambda d: step(d, "RetrainModel")["OutputParameters"][0].update(OutputType="Json"),
        "RetrainModel.OutputParameters[0].OutputType", "one of String",
    ),
    "output twice": (
        lambda d: twice(step(d, "RetrainModel")["OutputParameters"]),
        "RetrainModel.OutputParameters[3].OutputName", "given twice",
    ),
    "too many outputs": (
        lambda d: step(d, "WaitForOperatorInput").update(
            OutputParameters=[{"OutputName": f"o{i}", "OutputType": "String"} for i in range(51)]
        ),
        "WaitForOperatorInput.OutputParameters", "at most 50",
    ),
    "condition type": (
        lambda d: arguments(d, "JudgeResults")["Conditions"][0].update(Type="Equal"),
        "JudgeResults.Arguments.Conditions[0].Type", "did you mean 'Equals'",
    ),
    "condition operand": (
        lambda d: arguments(d, "JudgeResults")["Conditions"][0].pop("RightValue"),
        "JudgeResults.Arguments.Conditions[0].RightValue", "a value or a variable",
    ),
    "no condition": (
        lambda d: arguments(d, "JudgeResults").update(Conditions=[]),
        "JudgeResults.Arguments.Conditions", "at least one",
    ),
    "fail message": (
        lambda d: arguments(d, "ModelRejected").update(ErrorMessage="x" * 3073),
        "ModelRejected.Arguments.ErrorMessage", "at most 3072",
    ),
    # retry policies
    "retry exception": (
        lambda d: policy(d).update(ExceptionType=["Step.THROTTLE"]),
        "TrainModel.RetryPolicies[0].ExceptionType", "did you mean 'Step.THROTTLING'",
    ),
    "retry attempts": (
        lambda d: policy(d).update(MaxAttempts=21),
        "TrainModel.RetryPolicies[0].MaxAttempts", "1 to 20",
    ),
    "retry without end": (lambda d: policy(d).pop("MaxAttempts"), "TrainModel.RetryPolicies[0]", "either"),
    "retry with two ends": (lambda d: policy(d).update(ExpireAfterMin=1), "TrainModel.RetryPolicies[0]", "either"),
    "retry backoff": (
        lambda d: policy(d).update(BackoffRate=-1),
        "TrainModel.RetryPolicies[0].BackoffRate", "0 or more",
    ),
    # requests
    "container argument too long": (
        lambda d: container(d).append("x" * 257),
        "PrepareData.Arguments.AppSpecification.ContainerArguments[7]", "at most 256",
    ),
    "too many container arguments": (
        lambda d: container(d).extend(["x"] * 94),
        "PrepareData.Arguments.AppSpecification.ContainerArguments", "at most 100",
    ),
    "too many processing inputs": (
        lambda d: arguments(d, "PrepareData").update(
            ProcessingInputs=arguments(d, "PrepareData")["ProcessingInputs"][:1] * 11
        ),
        "PrepareData.Arguments.ProcessingInputs", "at most 10",
    ),
    "too many hyperparameters": (
        lambda d: arguments(d, "TrainModel")["HyperParameters"].update({f"h{i}": "1" for i in range(97)}),
        "TrainModel.Arguments.HyperParameters", "at most 100",
    ),
    "hyperparameter too long": (
        lambda d: arguments(d, "TrainModel")["HyperParameters"].update(seed="1" * 2501),
        "TrainModel.Arguments.HyperParameters.seed", "at most 2500",
    ),
    "hyperparameter that is a number": (
        lambda d: arguments(d, "TrainModel")["HyperParameters"].update(seed=1),
        "TrainModel.Arguments.HyperParameters.seed", "must be a string",
    ),
    "integer parameter as a string": (
        lambda d: arguments(d, "TrainModel")["HyperParameters"].update(seed={"Get": "Parameters.Seed"}),
        "TrainModel.Arguments.HyperParameters.seed", "declared as Integer; join it",
    ),
    "string parameter as a number": (
        lambda d: arguments(d, "TrainModel")["ResourceConfig"].update(InstanceCount={"Get": "Parameters.Algorithm"}),
        "TrainModel.Arguments.ResourceConfig.InstanceCount", "declared as String",
    ),
    "too many tags": (
        lambda d: arguments(d, "TrainModel").update(Tags=[{"Key": str(i), "Value": ""} for i in range(51)]),
        "TrainModel.Arguments.Tags", "at most 50",
    ),
    "instance type": (
        lambda d: arguments(d, "TrainModel")["ResourceConfig"].update(InstanceType="ml.m5.xlrge"),
        "TrainModel.Arguments.ResourceConfig.InstanceType", "did you mean 'ml.m5.xlarge'",
    ),
    "required member": (
        lambda d: arguments(d, "TrainModel").pop("RoleArn"),
        "TrainModel.Arguments.RoleArn", "required",
    ),
    "role": (
        lambda d: arguments(d, "TrainModel").update(RoleArn="x" * 30),
        "TrainModel.Arguments.RoleArn", "does not match",
    ),
    "unknown member": (
        lambda d: arguments(d, "TrainModel").update(OutputConfig={}),
        "TrainModel.Arguments.OutputConfig", "unknown to the service",
    ),
    "list instead of object": (
        lambda d: arguments(d, "TrainModel").update(ResourceConfig=[]),
        "TrainModel.Arguments.ResourceConfig", "must be an object",
    ),
    "string instead of boolean": (
        lambda d: arguments(d, "TrainModel").update(EnableManagedSpotTraining="yes"),
        "TrainModel.Arguments.EnableManagedSpotTraining", "true or false",
    ),
    "number below the least": (
        lambda d: arguments(d, "TrainModel")["ResourceConfig"].update(InstanceCount=-1),
        "TrainModel.Arguments.ResourceConfig.InstanceCount", "the least is",
    ),
    "spot without wait": (
        lambda d: arguments(d, "TrainModel")["StoppingCondition"].pop("MaxWaitTimeInSeconds"),
        "TrainModel.Arguments.StoppingCondition.MaxWaitTimeInSeconds", "required for managed spot",
    ),
    "spot wait below run time": (
        lambda d: arguments(d, "TrainModel")["StoppingCondition"].update(MaxWaitTimeInSeconds=60),
        "TrainModel.Arguments.StoppingCondition.MaxWaitTimeInSeconds", "not be less",
    ),
    "too much customer metadata": (
        lambda d: arguments(d, "RegisterModel")["CustomerMetadataProperties"].update({f"k{i}": "v" for i in range(38)}),
        "RegisterModel.Arguments.CustomerMetadataProperties", "at most 50",
    ),
    "customer metadata value": (
        lambda d: arguments(d, "RegisterModel")["CustomerMetadataProperties"].update(model_name="x" * 257),
        "RegisterModel.Arguments.CustomerMetadataProperties.model_name", "at most 256",
    ),
    "customer metadata key": (
        lambda d: arguments(d, "RegisterModel")["CustomerMetadataProperties"].update({"k" * 129: "v"}),
        "RegisterModel.Arguments.CustomerMetadataProperties key", "at most 128",
    ),
    # what ties steps together
    "depends on nobody": (
        lambda d: step(d, "NotifyTrainModelError").update(DependsOn=["TrianModel"]),
        "NotifyTrainModelError.DependsOn[0]", "did you mean 'TrainModel'",
    ),
    "trigger": (
        lambda d: step(d, "NotifyTrainModelError")["DependsOn"][0].update(Trigger="Broken"),
        "NotifyTrainModelError.DependsOn[0].Trigger", "Completed, Failed",
    ),
    "unknown parameter": (
        lambda d: arguments(d, "WriteHistory").update(algorithm={"Get": "Parameters.Algorihm"}),
        "WriteHistory.Arguments.algorithm", "did you mean 'Algorithm'",
    ),
    "unknown step": (
        lambda d: arguments(d, "WriteHistory").update(x={"Get": "Steps.Train.TrainingJobName"}),
        "WriteHistory.Arguments.x", "does not exist",
    ),
    "unknown execution variable": (
        lambda d: arguments(d, "WriteHistory").update(x={"Get": "Execution.Id"}),
        "WriteHistory.Arguments.x", "not exist",
    ),
    "unknown output": (
        lambda d: arguments(d, "NotifySuccess").update(
            history_path={"Get": "Steps.WriteHistory.OutputParameters['history_pth']"}
        ),
        "NotifySuccess.Arguments.history_path", "did you mean 'history_path'",
    ),
    "step in another branch": (
        lambda d: arguments(d, "NotifySuccess").update(x={"Get": "Steps.RetrainModel.OutputParameters['next_action']"}),
        "NotifySuccess.Arguments.x", "another branch",
    ),
    "property file of no output": (
        lambda d: step(d, "EvaluateModel")["PropertyFiles"][0].update(OutputName="evaluations"),
        "EvaluateModel.PropertyFiles[0].OutputName", "did you mean 'evaluation'",
    ),
    "property file that is not there": (
        lambda d: step(d, "EvaluateModel").update(PropertyFiles=[]), "JudgeResults.Arguments", "reads property file",
    ),
    "unknown function": (
        lambda d: arguments(d, "WriteHistory").update(x={"Std:Jion": {"Values": []}}),
        "WriteHistory.Arguments.x", "did you mean 'Std:Join'",
    ),
    "join of a list": (
        lambda d: arguments(d, "WriteHistory").update(x={"Std:Join": {"On": "", "Values": [["a"]]}}),
        "WriteHistory.Arguments.x", "values and variables only",
    ),
    "reading JSON from nowhere": (
        lambda d: arguments(d, "JudgeResults")["Conditions"][0]["LeftValue"]["Std:JsonGet"].pop("PropertyFile"),
        "JudgeResults.Arguments.Conditions[0].LeftValue", "either a PropertyFile or an S3Uri",
    ),
    "circle": (
        lambda d: step(d, "PrepareData").update(DependsOn=["EvaluateModel"]), "DependsOn", "wait for one another",
    ),
}  # fmt: skip


def test_shipped_definition_has_no_findings(shipped_text: str) -> None:
    assert check(shipped_text) == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_mistake_is_named_by_step_and_field(definition: Definition, name: str) -> None:
    mutate, field, words = MUTATIONS[name]
    mutate(definition)
    findings = check(json.dumps(definition))
    assert any(field in finding.field and words in finding.message for finding in findings), findings
    named = field.partition(".")[0]
    assert any(named in finding.message for finding in findings)


def test_all_mistakes_are_told_at_once(definition: Definition) -> None:
    container(definition).append("x" * 257)
    policy(definition)["MaxAttempts"] = 21
    parameter(definition, "Seed")["DefaultValue"] = "x"
    assert len(check(json.dumps(definition))) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" " * (MAX_DEFINITION_CHARACTERS + 1), "at most 1048576"),
        ("[" * 900_000, "nested deeper"),
        ('{"Steps":' + "[" * 70 + "]" * 70 + "}", "nested deeper"),
        ('{"Version": NaN}', "not JSON"),
        ("9" * 10_000, "not JSON"),
        ("[]", "must be a JSON object"),
        ("", "not JSON"),
    ],
    ids=["size", "bomb", "depth", "constant", "integer", "list", "empty"],
)
def test_hostile_text_ends_in_one_finding(text: str, words: str) -> None:
    findings = check(text)
    assert len(findings) == 1
    assert words in findings[0].message


def test_thousands_of_mistakes_are_cut_short(definition: Definition) -> None:
    definition["Steps"] = [{"Name": "x" * 70 + str(i), "Type": "?", "DependsOn": ["y" * 70]} for i in range(5000)]
    assert len(check(json.dumps(definition))) == 100


def test_surrogates_can_be_printed(definition: Definition) -> None:
    step(definition, "TrainModel")["Type"] = "\ud800"
    for finding in check(json.dumps(definition)):
        finding.message.encode("utf-8")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(
        ["Name", "Type", "Arguments", "Get", "Std:Join", "Conditions", "IfSteps", "DependsOn", "Step", "PropertyFiles",
         "RetryPolicies", "OutputParameters", "CacheConfig", "EnumValues", "DefaultValue", "AppSpecification"]
    ), below, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(["Processing", "Training", "RegisterModel", "Lambda", "Callback", "Condition", "Fail"]),
    arguments=JSON_VALUES,
    rest=st.dictionaries(
        st.sampled_from(
            ["DependsOn", "RetryPolicies", "PropertyFiles", "CacheConfig", "OutputParameters", "FunctionArn"]
        ),
        JSON_VALUES,
    ),
    parameters=JSON_VALUES,
)
def test_any_json_ends_in_findings(kind: str, arguments: object, rest: dict[str, object], parameters: object) -> None:
    step = {"Name": "S", "Type": kind, "Arguments": arguments, **rest}
    text = json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": [step, arguments]})
    assert check(text)
