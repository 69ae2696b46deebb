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
from tests.lambdas.world import PNG, REPO, common, report, whole_report


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


@pytest.fixture
def whole(world, event):
    """A run whose evaluation holds everything, pictures included."""
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    for name in ("calibration", "roc_curve", "confusion_matrix", "precision_recall", "champion"):
        world.s3.put_object(Bucket="bucket", Key=f"plots/{name}.png", Body=PNG + name.encode())
    return event


def committed(world, sha):
    """Paths of a commit beyond its parent's."""
    contents = contents_of(world.github.root, REPO)
    listing = contents.git("diff-tree", "-r", "--name-only", "--no-commit-id", sha)
    return set(listing.decode().split())


def test_one_commit_holds_the_text_and_the_pictures_and_a_second_call_none(world, whole):
    connect(load_settings()).commit_files(REPO, {"notes/start.md": b"s"}, message="start")
    count = commits(world)
    answer = handler(whole, None)

    path = answer["history_path"].removesuffix(".md")
    plots = answer["history_plots"].split()
    assert plots == ["calibration", "roc_curve", "confusion_matrix", "precision_recall", "champion"]
    assert committed(world, answer["commit_sha"]) == {f"{path}.md", *(f"{path}/{name}.png" for name in plots)}
    assert answer["history_url"].endswith(f"/{REPO}/blob/{answer['commit_sha']}/{path}.md")
    assert commits(world) == count + 1
    assert handler(whole, None) == answer
    assert commits(world) == count + 1


def test_the_pictures_are_shown_by_their_place_beside_the_file(world, whole):
    handler(whole, None)

    job, text = whole["training_job_name"], history_of(whole)
    assert f"![ROC curve]({job}/roc_curve.png)" in text
    assert f"![Calibration]({job}/calibration.png)" in text


def test_a_picture_that_is_missing_too_large_or_none_is_left_out(world, whole):
    del world.s3.objects["bucket/plots/calibration.png"]
    world.s3.put_object(Bucket="bucket", Key="plots/roc_curve.png", Body=PNG + b"x" * 500_000)
    world.s3.put_object(Bucket="bucket", Key="plots/champion.png", Body=b"<html>")
    answer = handler(whole, None)

    assert answer["history_plots"] == "confusion_matrix precision_recall"
    assert len(committed(world, answer["commit_sha"])) == 3
    assert "calibration.png" not in history_of(whole)


def test_the_file_tells_how_the_model_compares_and_where_it_is_weak(world, whole):
    handler({**whole, "evaluation_metric": "f1_macro"}, None)

    text = history_of(whole)
    for expected in (
        "| f1_macro | 0.92 ± 0.012 |",
        "| metric | value | dummy | champion |",
        "| f1_macro | 0.92 ± 0.012 | 0.2 | 0.9 ± 0.02 |",
        "| brier | 0.05 | 0.6 | – |",
        "## Model in place",
        "f1_macro is 0.92 against 0.9. It may have seen some of these test rows.",
        "| island | &lt;b&gt;Dream&lt;/b&gt; ¦ x | 12 | f1_macro | 0.7 ± 0.1 | -0.22 |",
        "| bill | 0.3 ± 0.01 |\n| mass | 0.1 ± 0.02 |",
        "- warning: 'x' &lt;script&gt; gives the target away. Drop it.",
        "- info: Rare levels were merged.",
    ):
        assert expected in text
    assert "| year |" not in text
    assert text.index("| f1_macro | 0.92 ± 0.012 | 0.2") < text.index("| accuracy | 0.97")


@pytest.mark.parametrize("name", ["", "../../README", "a/b", "x" * 64, "job.md"])
def test_a_name_that_is_no_job_name_is_refused(name):
    with pytest.raises(ConfigError, match="job name"):
        history_path(name)


def test_an_unknown_decision_is_refused(world, event):
    with pytest.raises(ConfigError, match="decision must be one of"):
        handler({**event, "decision": "perhaps"}, None)
