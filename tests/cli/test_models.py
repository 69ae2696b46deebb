"""`issueops models`: what the terminal says of the registry, and what it changes there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main
from cli.wiring import open_stack
from contracts import names
from registry import packages
from tests.cli.conftest import Answer, Command

GROUP = "penguin-species"


@pytest.fixture
def issueops(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command on a home with three versions of one model, none of them approved."""
    home = tmp_path / "home"
    with open_stack(home) as stack:
        sagemaker = stack.client("sagemaker")
        packages.ensure_group(sagemaker, GROUP)
        for version in ("1", "2", "3"):
            key = f"{version}/model.tar.gz"
            stack.objects.put_bytes(names.LOCAL_BUCKET, key, b"model")
            packages.register(
                sagemaker, packages.Registration(GROUP, "image", f"s3://{names.LOCAL_BUCKET}/{key}", version)
            )

    def call(*arguments: object) -> Answer:
        capfd.readouterr()
        code = main(["models", *map(str, arguments), "--home", str(home)])
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return call


def test_a_decision_says_what_changed(issueops: Command) -> None:
    assert issueops("approve", f"{GROUP}@1", "--by", "ada", "--reason", "checked").out == (
        f"{GROUP}@1: PendingManualApproval → Approved. Approved by ada: checked\nIn force: {GROUP}@1 (was none).\n"
    )
    assert issueops("reject", f"{GROUP}@2", "--by", "ada").out == (
        f"{GROUP}@2: PendingManualApproval → Rejected. Rejected by ada\nIn force: {GROUP}@1.\n"
    )
    assert issueops("reject", f"{GROUP}@1", "--by", "ada").out.endswith(f"No version of {GROUP} is in force (was 1).\n")


def test_rollback_says_what_is_in_force_and_archived_versions_are_listed_as_such(issueops: Command) -> None:
    issueops("approve", f"{GROUP}@1")
    issueops("approve", f"{GROUP}@3")

    assert issueops("rollback", GROUP, "--by", "ada", "--reason", "drifts").out == (
        f"{GROUP}@3: archived. Rolled back to 1 by ada: drifts\nIn force: {GROUP}@1 (was 3).\n"
    )
    listed = [line.split()[1:5] for line in issueops("list").out.splitlines()[1:]]
    assert [(row[0], row[1]) for row in listed] == [
        ("3", "Archived"),
        ("2", "PendingManualApproval"),
        ("1", "Approved,"),
    ]
    assert issueops("show", f"{GROUP}@3").out.startswith(f"{GROUP}@3  Archived\n")
    assert [version["archived"] for version in issueops("list", "--json").json] == [True, False, False]


def test_a_second_rollback_changes_nothing_and_says_how_to_go_further(issueops: Command) -> None:
    for version in (1, 2, 3):
        issueops("approve", f"{GROUP}@{version}")
    issueops("rollback", GROUP, "--by", "ada")

    again = issueops("rollback", GROUP, "--by", "ada")

    assert again.code == 0
    assert "nothing was changed. Rolled back to 2 by ada" in again.out
    further = issueops("rollback", GROUP, "--to", 1, "--by", "ada", "--reason", "older", "--json")
    assert further.json == {
        "model": GROUP,
        "rollback_status": "rolled_back",
        "current_model_version": 1,
        "previous_model_version": 2,
        "description": "Rolled back to 1 by ada: older",
    }


def test_an_archived_version_can_be_approved_again(issueops: Command) -> None:
    for version in (1, 2):
        issueops("approve", f"{GROUP}@{version}")
    issueops("rollback", GROUP)

    assert f"{GROUP}@2: Archived → Approved." in issueops("approve", f"{GROUP}@2").out
    assert issueops("show", f"{GROUP}@2", "--json").json["archived"] is False


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("reject", GROUP), f"name the version to reject, for example {GROUP}@1."),
        (("reject", f"{GROUP}@9"), "has no version 9; versions: 3, 2, 1."),
        (("rollback", GROUP), "is in force, so there is nothing to go back from"),
        (("rollback", f"{GROUP}@2"), f"models rollback {GROUP} --to 2"),
        (("rollback", "penguin-specis"), "did you mean 'penguin-species'?"),
        (("approve", GROUP, "--by", " "), "Name the person who decides."),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_what_to_do(
    issueops: Command, arguments: tuple[str, ...], expected: str
) -> None:
    answer = issueops(*arguments)

    assert answer.code == 2
    assert answer.out == ""
    assert expected in answer.err


def test_the_version_in_force_is_not_rejected_while_an_older_one_is_approved(issueops: Command) -> None:
    issueops("approve", f"{GROUP}@1")
    issueops("approve", f"{GROUP}@2")

    answer = issueops("reject", f"{GROUP}@2")

    assert answer.code == 2
    assert "Say so with a rollback" in answer.err
