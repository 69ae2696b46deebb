"""What is refused before anything runs, and how values are found: definitions, parameters, expressions, conditions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.api_errors import ApiError
from local.execution.cache import expires_after
from local.execution.conditions import evaluate
from local.execution.definition import parse
from local.execution.expressions import Resolver
from local.execution.ports import StepError
from local.execution.retry import next_delay
from tests.local.execution.bench import Bench, branch, compare, definition, fail, function


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def nested(depth: int) -> dict[str, Any]:
    step = function("Last")
    for level in range(depth):
        step = branch(f"C{level}", compare("Equals", 1, 1), [step], [])
    return step


HOSTILE = {
    "a cycle": ([function("A", DependsOn=["B"]), function("B", DependsOn=["A"])], "wait for each other: A, B"),
    "a step that waits for itself": ([function("A", event={"x": get("Steps.A.y")})], "wait for each other: A"),
    "a condition that waits for its branch": (
        [branch("C", compare("Equals", 1, get("Steps.A.OutputParameters['x']")), [function("A")], [])],
        "wait for each other: A, C",
    ),
    "an unknown step": ([function("A", event={"x": get("Steps.Nobody.y")})], "Nobody, which does not exist"),
    "an unknown dependency": ([function("A", DependsOn=["Nobody"])], "Nobody, which does not exist"),
    "an unknown parameter": ([fail("A", get("Parameters.No"))], "Parameters.No, which does not exist"),
    "an unknown variable": ([fail("A", get("Execution.Secret"))], "Execution.Secret, which does not exist"),
    "another root": ([fail("A", get("Environment.HOME"))], "no parameter, execution variable or step"),
    "deep nesting": ([nested(30)], "nested at most 40 deep"),
    "a name with a path in it": ([function("../A")], "must match"),
    "an unknown type": ([{"Name": "A", "Type": "EMR"}], "has type 'EMR'"),
    "a name twice": ([function("A"), function("A")], "defined twice"),
    "no object": (["A"], "must be a JSON object"),
    "arguments that are a list": ([{"Name": "A", "Type": "Lambda", "Arguments": [1]}], "Arguments must be"),
    "conditions that are text": (
        [branch("A", compare("Equals", 1, 1), [], []) | {"Arguments": {"Conditions": "x"}}],
        "list of JSON",
    ),
    "no step at all": ([], "at least one step"),
    "an unknown condition": ([branch("A", compare("Maybe", 1, 1), [], [])], "a condition of type 'Maybe'"),
    "an unknown condition inside Not": (
        [branch("A", {"Type": "Not", "Expression": compare("Maybe", 1, 1)}, [], [])],
        "a condition of type 'Maybe'",
    ),
    "an unknown trigger": ([function("A", DependsOn=[{"Step": "A", "Trigger": "Maybe"}])], "DependsOn holds"),
    "a policy that is text": ([function("A", RetryPolicies=["always"])], "a retry policy has"),
    "a policy without a number": (
        [function("A", RetryPolicies=[{"ExceptionType": ["X"], "BackoffRate": "fast"}])],
        "a retry policy has",
    ),
    "an unreadable expiry": (
        [{"Name": "A", "Type": "Training", "CacheConfig": {"Enabled": True, "ExpireAfter": "soon"}}],
        "must be a duration such as P30D",
    ),
}


@pytest.mark.parametrize(("steps", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_definition_is_refused_for(steps: list[Any], said: str) -> None:
    with pytest.raises(ApiError, match=said) as refused:
        parse(definition(*steps))
    assert refused.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON|object with a list"),
        ("[]", "object with a list Steps"),
        ('{"Steps": {}}', "object with a list Steps"),
        (" " * 2_000_000, "at most 1048576 characters"),
        (json.dumps({"Steps": [function(f"S{n}") for n in range(501)]}), "at most 500 steps"),
        ('{"Steps": [], "Parameters": {"a": 1}}', "Parameters must be a list"),
        ('{"Steps": [], "Parameters": [{"Name": "a", "Type": "Secret"}]}', "a type of String"),
        ('{"Steps": [], "Parameters": [{"Name": "a", "Type": "Integer", "DefaultValue": []}]}', "of type Integer"),
    ],
)
def test_a_text_that_is_no_definition_is_refused(text: str, said: str) -> None:
    with pytest.raises(ApiError, match=said):
        parse(text)


def test_all_problems_are_told_at_once(bench: Bench) -> None:
    text = definition(function("A", DependsOn=["X"]), function("B", DependsOn=["Y"]))
    with pytest.raises(ApiError, match=r"A depends on X.*B depends on Y"):
        bench.engine.create_pipeline({"PipelineName": "P", "PipelineDefinition": text})


PARAMETERS: list[dict[str, Any]] = [
    {"Name": "I", "Type": "Integer", "DefaultValue": 3},
    {"Name": "F", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "B", "Type": "Boolean", "DefaultValue": True},
    {"Name": "S", "Type": "String", "DefaultValue": "x", "EnumValues": ["x", "y"]},
    {"Name": "R", "Type": "String"},
]


def test_parameters_have_their_types_and_defaults(bench: Bench) -> None:
    event = {name: get(f"Parameters.{name}") for name in "IFBSR"}
    arn, _ = bench.run(function("A", event=event), parameters=PARAMETERS, given={"R": "1", "I": "7", "B": "False"})
    assert bench.calls == [("a", {"I": 7, "F": 0.5, "B": False, "S": "x", "R": "1"})]
    listed = bench.engine.list_pipeline_parameters_for_execution({"PipelineExecutionArn": arn})["PipelineParameters"]
    assert {"Name": "I", "Value": "7"} in listed


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "parameter R has no value and no default"),
        ({"R": "1", "I": "many"}, "I must be of type Integer, got 'many'"),
        ({"R": "1", "I": "1.5"}, "I must be of type Integer"),
        ({"R": "1", "I": "1_000"}, "I must be of type Integer"),
        ({"R": "1", "F": "nan"}, "F must be of type Float"),
        ({"R": "1", "B": "yes"}, "B must be of type Boolean"),
        ({"R": "1", "S": "z"}, r"S must be one of \['x', 'y'\], got 'z'"),
        ({"R": "1", "Q": "z"}, "parameter Q is not defined"),
        ({"I": "x", "F": "x"}, r"I must be.*F must be.*R has no value"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_by_name(bench: Bench, given: dict[str, str], said: str) -> None:
    with pytest.raises(ApiError, match=said):
        bench.start(function("A"), parameters=PARAMETERS, given=given)


FILES = {("S", "Report"): '{"a": {"b": [1, {"c.d": 2}]}}', ("S", "Broken"): "{"}
STEP = {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/k"}}], "Map": {"k": [10, 20]}}
RESOLVER = Resolver(
    {"N": 5, "T": True},
    {"PipelineName": "p"},
    {"S": STEP}.get,
    lambda step, name: FILES[step, name],
    lambda uri: f'{{"from": "{uri}"}}',
)


def json_get(path: str, name: str = "Report") -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": get(f"Steps.S.PropertyFiles.{name}"), "Path": path}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (get("Parameters.N"), 5),
        (get("Execution.PipelineName"), "p"),
        (get("Steps.S.Outputs['train'].S3Output.S3Uri"), "s3://b/k"),
        (get("Steps.S.Map.k[1]"), 20),
        (
            {
                "Std:Join": {
                    "On": "/",
                    "Values": ["a", get("Parameters.N"), get("Parameters.T"), {"Std:Join": {"Values": [1, 2]}}],
                }
            },
            "a/5/true/12",
        ),
        (json_get("a.b[0]"), 1),
        (json_get("$.a['b'][1]['c.d']"), 2),
        ({"Std:JsonGet": {"S3Uri": {"Std:Join": {"On": "/", "Values": ["s3://b", "k"]}}, "Path": "from"}}, "s3://b/k"),
        ([{"deep": get("Parameters.N"), "Get": "kept"}], [{"deep": 5, "Get": "kept"}]),
        ("Parameters.N", "Parameters.N"),
    ],
)
def test_an_expression_has_the_value(value: Any, expected: Any) -> None:
    assert RESOLVER.resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (get("Parameters.No"), "has no value here"),
        (get("Steps.Other.x"), "has no value here"),
        (get("Steps.S.Nope"), "no member 'Nope'; it has Outputs, Map"),
        (get("Steps.S.Map.k[9]"), "no member '9'"),
        (get("Steps.S.Map[*]"), "cannot be read at"),
        (json_get("a.x"), "no member 'x'"),
        (json_get("a", "Broken"), "not valid JSON"),
        ({"Std:Join": ["a"]}, "needs a list Values"),
        ({"Std:JsonGet": {"Path": "a"}}, "needs a Path, and a PropertyFile or an S3Uri"),
        ({"Std:JsonGet": {"PropertyFile": "Report", "Path": "a"}}, "Report is no property file"),
    ],
)
def test_an_expression_without_a_value_says_what_is_missing(value: Any, said: str) -> None:
    with pytest.raises(StepError, match=said.replace("*", r"\*")):
        RESOLVER.resolve(value)


YES, NO = compare("Equals", 1, 1), compare("Equals", 1, 2)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (compare("Equals", "a", "a"), True),
        (compare("Equals", 1, 1.0), True),
        (compare("Equals", 1, "1"), False),
        (compare("Equals", True, 1), False),
        (compare("GreaterThan", 2, 1), True),
        (compare("GreaterThan", 1, 1), False),
        (compare("GreaterThanOrEqualTo", 1, 1), True),
        (compare("LessThan", 1, 1.5), True),
        (compare("LessThan", "a", "b"), True),
        (compare("LessThanOrEqualTo", 2, 1), False),
        ({"Type": "In", "QueryValue": "a", "Values": ["b", "a"]}, True),
        ({"Type": "In", "QueryValue": "1", "Values": [1]}, False),
        ({"Type": "Not", "Expression": NO}, True),
        ({"Type": "Or", "Conditions": [NO, YES]}, True),
        ({"Type": "Or", "Conditions": [NO, NO]}, False),
        ({"Type": "And", "Conditions": [YES, {"Type": "Not", "Expression": YES}]}, False),
    ],
)
def test_a_condition_holds(condition: dict[str, Any], holds: bool) -> None:
    assert evaluate(condition) is holds


@pytest.mark.parametrize("condition", [compare("GreaterThan", 1, "a"), compare("LessThan", None, 1)])
def test_a_condition_that_cannot_be_decided_fails_its_step(bench: Bench, condition: dict[str, Any]) -> None:
    arn, status = bench.run(branch("C", condition, [function("A")], [function("B")]))
    assert (status, bench.statuses(arn)) == ("Failed", {"C": "Failed"})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("P30D", 30 * 86400), ("30d", 30 * 86400), ("T16m", 960), ("1m", 30 * 86400), ("4dT5h3m", 363780), ("T0.5S", 0.5)],
)
def test_a_cache_duration_is_read_as_the_sdk_writes_it(text: str, seconds: float) -> None:
    assert expires_after(text) == seconds


@pytest.mark.parametrize("text", ["soon", "30", "P30X", "30d!"])
def test_a_cache_duration_that_cannot_be_read_is_none(text: str) -> None:
    assert expires_after(text) is None


def test_a_retry_waits_longer_each_time_and_only_for_its_exceptions() -> None:
    policies = [{"ExceptionType": ["A"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 3}]
    assert [next_delay(policies, "A", attempt=n, elapsed=0) for n in (1, 2, 3)] == [2, 6, None]
    assert next_delay(policies, "B", attempt=1, elapsed=0) is None
    assert next_delay([{"ExceptionType": ["A"], "ExpireAfterMin": 1}], "A", attempt=1, elapsed=70) is None
    assert (
        next_delay([{"ExceptionType": ["A"], "BackoffRate": 1e6, "MaxAttempts": 999}], "A", attempt=99, elapsed=0)
        is None
    )
