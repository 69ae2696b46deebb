"""The history of a run is committed once, and says what was tried, on which data, with which result."""

import json

import pytest

from contracts import names
from contracts.errors import ConfigError
from lambdas.github import connect
from lambdas.history_writer.handler import handler
from lambdas.history_writer.history import history_path
from lambdas.settings import load_settings
from local.github.contents import contents_of
from tests.lambdas.world import REPO, common, report


@pytest.fixture
def event(world, started):
    """A registered run with its report and metadata."""
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.97))
    metadata = {"fingerprint": "f" * 64, "target": "species", "rows": {"total": 344, "train": 240}}
    world.s3.put_object(Bucket="bucket", Key="metadata.json", Body=json.dumps(metadata).encode())
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package/penguin-species/3"
    return {**common(*started), "decision": "registered", "model_package_arn": arn}


def history_of(event):
    text = connect(load_settings()).read_file(REPO, f"training_history/{event['training_job_name']}.md")
    assert text is not None
    return text


def commits(world):
    contents = contents_of(world.github.root, REPO)
    return len(contents.log(contents.resolve(None), None, 1000))


def test_the_file_tells_configuration_metrics_decision_version_data_and_origin(world, event):
    answer = handler(event, None)

    text = history_of(event)
    for expected in (
        f"# {event['training_job_name']}",
        "| decision | registered |",
        "| model version | 3 |",
        "| accuracy | 0.97 | 0.44 |",
        "| n_estimators | 1 |",
        "| algorithm | random_forest |",
        f"| fingerprint | {'f' * 64} |",
        "| rows train | 240 |",
        f"| execution | {event['execution_arn']} |",
        "| parent execution | none |",
        "| code | `s3://bucket/code/abc/` |",
    ):
        assert expected in text
    assert answer["history_path"] == f"training_history/{event['training_job_name']}.md"
    assert len(answer["commit_sha"]) == 40
    assert answer["history_url"].endswith(answer["history_path"])


def test_writing_twice_commits_once(world, event):
    first = handler(event, None)
    count = commits(world)

    assert handler(event, None) == first
    assert commits(world) == count


def test_the_commit_of_the_code_is_named_where_the_deployment_knows_it(world, event, monkeypatch):
    monkeypatch.setenv("ISSUEOPS_GIT_COMMIT", "0123abc")
    handler(event, None)

    assert "| git commit | 0123abc |" in history_of(event)


def test_a_rejected_run_says_who_rejected_it_why_and_what_stays(world, event):
    outcome = {"operator": "ada", "reason": "drifts | badly", "current_model_version": "2"}
    handler({**event, "decision": "rejected", "model_package_arn": "", **outcome}, None)

    text = history_of(event)
    assert "an operator rejected it" in text
    assert "| operator | ada |" in text
    assert "| reason | drifts ¦ badly |" in text
    assert "| current_model_version | 2 |" in text
    assert "none registered" in text


def test_a_run_without_report_and_metadata_still_has_a_history(world, event):
    world.s3.objects.clear()
    handler({**event, "decision": "failed"}, None)

    text = history_of(event)
    assert "## Metrics" not in text
    assert world.sagemaker.parameters(event["execution_arn"])[names.DATASET_FINGERPRINT] in text


@pytest.mark.parametrize("name", ["", "../../README", "a/b", "x" * 64, "job.md"])
def test_a_name_that_is_no_job_name_is_refused(name):
    with pytest.raises(ConfigError, match="job name"):
        history_path(name)


def test_an_unknown_decision_is_refused(world, event):
    with pytest.raises(ConfigError, match="decision must be one of"):
        handler({**event, "decision": "perhaps"}, None)
