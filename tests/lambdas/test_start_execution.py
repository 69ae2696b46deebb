"""An issue becomes one execution, or gets every mistake back in one comment."""

import json
from datetime import UTC, datetime

import pytest

from contracts import names
from lambdas.start_execution.dataset import DataFile, fingerprint
from lambdas.start_execution.handler import handler
from tests.lambdas.world import ISSUE, REPO, records


def start(number):
    return handler(records({"repository": REPO, "issue_number": number}), None)


def test_a_valid_issue_starts_an_execution_with_its_parameters(world, open_issue):
    number = open_issue()

    answer = start(number)

    assert answer["batchItemFailures"] == []
    [result] = answer["results"]
    assert result["status"] == "started"
    parameters = world.sagemaker.parameters(result["execution_arn"])
    assert parameters[names.REPOSITORY] == REPO
    assert parameters[names.ISSUE_NUMBER] == str(number)
    assert json.loads(parameters[names.HYPERPARAMETERS]) == {"n_estimators": 1, "max_depth": 1}
    assert parameters[names.DATASET_URI] == "s3://bucket/datasets/penguins/"
    assert parameters[names.CODE_URI] == "s3://bucket/code/abc/"
    assert "scikit-learn" in parameters[names.IMAGE_URI]
    assert parameters[names.REQUESTED_BY] == "operator"
    assert world.sagemaker.executions[0]["name"] == f"issue-{number}-retry-0"


def test_the_issue_is_told_and_labelled_and_the_model_group_exists(world, open_issue):
    number = open_issue()
    start(number)

    assert len(world.bodies(number)) == 1
    assert "`random_forest` on `penguins`" in world.bodies(number)[0]
    assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_RUNNING}
    assert world.sagemaker.groups == {"penguin-species"}


def test_the_same_request_twice_starts_one_execution_and_posts_one_comment(world, open_issue):
    number = open_issue()

    assert start(number) == start(number)
    assert len(world.sagemaker.executions) == 1
    assert len(world.bodies(number)) == 1


def test_a_late_repetition_leaves_the_label_that_the_run_has_reached(world, open_issue):
    number = open_issue()
    start(number)
    world.github.edit_issue(REPO, number, {"labels": [names.LABEL_SUCCEEDED]})
    start(number)

    assert world.labels(number) == {names.LABEL_SUCCEEDED}


def test_data_preparation_settings_are_stored_under_their_own_hash(world, open_issue):
    [result] = start(open_issue())["results"]
    uri = world.sagemaker.parameters(result["execution_arn"])[names.DATA_CONFIG_URI]

    document = json.loads(world.s3.objects[uri.removeprefix("s3://") + "data_config.json"])
    assert document["dataset_id"] == "penguins"
    assert document["target"] == "species"


def test_an_issue_with_three_mistakes_gets_one_comment_that_names_all_three(world, open_issue):
    body = ISSUE.replace("random_forest", "random_forrest").replace("0.95", "high") + "colour: blue\n"
    number = open_issue(body)

    [result] = start(number)["results"]

    assert result["status"] == "invalid"
    assert result["execution_arn"] is None
    assert len(result["findings"]) == 3
    [comment] = world.bodies(number)
    assert "random_forest" in comment
    assert "evaluation_threshold" in comment
    assert "colour" in comment
    assert world.labels(number) == {names.LABEL_TRAIN, names.LABEL_FAILED}
    assert world.sagemaker.executions == []


def test_an_edited_issue_that_is_still_wrong_has_its_comment_rewritten(world, open_issue):
    number = open_issue(ISSUE.replace("random_forest", "forrest"))
    start(number)
    world.github.edit_issue(REPO, number, {"body": ISSUE + "colour: blue\n"})
    start(number)

    [comment] = world.bodies(number)
    assert "colour" in comment
    assert "forrest" not in comment


def test_an_unknown_data_set_is_told_the_nearest_and_the_existing_ones(world, open_issue):
    [result] = start(open_issue(ISSUE.replace("penguins", "pengins")))["results"]

    [finding] = result["findings"]
    assert finding["message"] == ("dataset_id 'pengins' does not exist; did you mean 'penguins'? Data sets: penguins.")


def test_hostile_text_reaches_the_comment_escaped(world, open_issue):
    number = open_issue(ISSUE + '"<img src=x onerror=alert(1)> @everyone": 1\n')
    start(number)

    [comment] = world.bodies(number)
    assert "<img" not in comment
    assert "@everyone" not in comment


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"repository": "octo/models"}', '{"repository": "a", "issue_number": 1}']
)
def test_a_malformed_message_fails_alone(world, open_issue, body):
    answer = handler(records(body, {"repository": REPO, "issue_number": open_issue()}), None)

    assert answer["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    assert [result["status"] for result in answer["results"]] == ["started"]


def test_a_fingerprint_follows_names_contents_and_sizes_but_not_their_order():
    a, b = DataFile("a.csv", "e1", 1), DataFile("b.csv", "e2", 2)

    assert fingerprint([a, b]) == fingerprint([b, a])
    assert len({fingerprint([a]), fingerprint([a, b]), fingerprint([DataFile("a.csv", "e9", 1)])}) == 3
    assert len(fingerprint([a])) == 64


def test_the_first_model_has_no_champion_but_a_valid_input_in_its_place(world, open_issue):
    [result] = start(open_issue())["results"]
    parameters = world.sagemaker.parameters(result["execution_arn"])

    assert parameters[names.CHAMPION] == "none"
    assert parameters[names.CHAMPION_URI] == "s3://bucket/champions/none/"
    assert world.s3.objects["bucket/champions/none/none.json"]


def test_what_the_data_set_says_of_itself_fills_the_gaps_of_the_issue(world, open_issue):
    world.s3.objects["bucket/datasets/penguins/dataset.yaml"] = b"target: species\nid_columns: [study]\n"
    [result] = start(open_issue(ISSUE.replace("target: species\n", "")))["results"]
    uri = world.sagemaker.parameters(result["execution_arn"])[names.DATA_CONFIG_URI]

    document = json.loads(world.s3.objects[uri.removeprefix("s3://") + "data_config.json"])
    assert document["target"] == "species"
    assert document["preprocessing_config"] == {"drop_columns": ["study"]}


@pytest.mark.parametrize(("content", "wrong"), [(b"targte: x\n", "no field 'targte'"), (b"\xff\xfe", "UTF-8")])
def test_a_data_set_that_describes_itself_wrongly_is_told_on_the_issue(world, open_issue, content, wrong):
    world.s3.objects["bucket/datasets/penguins/dataset.yaml"] = content
    number = open_issue()
    [result] = start(number)["results"]

    assert result["status"] == "invalid"
    assert wrong in world.bodies(number)[0].replace("&#39;", "'")


def approved(version):
    return {
        "ModelPackageGroupName": "penguin-species",
        "ModelPackageVersion": version,
        "ModelPackageArn": f"arn:aws:sagemaker:us-east-1:123456789012:model-package/penguin-species/{version}",
        "ModelApprovalStatus": "Approved",
        "CreationTime": datetime(2026, 1, version, tzinfo=UTC),
    }


def test_a_new_model_meets_the_newest_approved_one(world, open_issue):
    world.sagemaker.groups.add("penguin-species")
    world.sagemaker.packages += [approved(1), approved(2)]
    world.s3.objects["bucket/models/2/model.tar.gz"] = b"model"
    [result] = start(open_issue())["results"]
    parameters = world.sagemaker.parameters(result["execution_arn"])

    assert parameters[names.CHAMPION] == "penguin-species@2"
    assert parameters[names.CHAMPION_URI] == "s3://bucket/models/2/model.tar.gz"


def test_a_champion_whose_model_was_deleted_fails_no_run(world, open_issue):
    world.sagemaker.groups.add("penguin-species")
    world.sagemaker.packages += [approved(1)]
    [result] = start(open_issue())["results"]
    parameters = world.sagemaker.parameters(result["execution_arn"])

    assert result["status"] == "started"
    assert parameters[names.CHAMPION] == "none"
