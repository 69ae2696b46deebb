"""Every kind of news has words in both languages, and says where more is told."""

from __future__ import annotations

import pytest

from contracts.evaluation_report import EvaluationReport
from contracts.messages import LANGUAGES
from lambdas.channels import (
    KINDS,
    Notification,
    issue_url,
    model_notification,
    run_notification,
    stopped_notification,
    where_to_read,
)
from lambdas.edge import Fields
from lambdas.issue_record import IssueRecord
from lambdas.run_facts import RunFacts
from lambdas.settings import Settings
from tests.lambdas.world import REPO, common, whole_report

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abc"
URL = f"https://github.com/{REPO}/issues/1#issuecomment-2"
MODEL_KINDS = ("model_approved", "model_rejected", "model_rolled_back")


def news(kind: str, language: str) -> Notification:
    if kind in MODEL_KINDS:
        return model_notification(
            kind, language, repository=REPO, issue_number=1, model_name="penguin-species", model_version=2,
            previous_version=3, operator="ada", reason="checked @all", key="x", url=URL,
        )  # fmt: skip
    facts = RunFacts.from_fields(Fields(common(1, ARN)))
    report = EvaluationReport.from_json(whole_report())
    return run_notification(
        kind, language, facts, report, url=URL, model_version="2", failed_step="TrainModel", reason="no memory"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_title_and_a_text_in_every_language(kind: str, language: str) -> None:
    told = news(kind, language)

    assert told.kind == kind
    assert told.title
    assert not told.title.startswith("#")
    assert told.text
    assert "@all" not in told.text
    japanese = any("\u3040" <= character <= "\u30ff" for character in told.title + told.text)
    assert japanese == (language == "ja")


def test_a_rollback_says_which_version_is_back_and_who_wanted_it() -> None:
    told = news("model_rolled_back", "en")

    assert "is at version **2** again; version **3** is archived." in told.text
    assert "Decided by ada: checked" in told.text
    assert told.fields["model_version"] == "2"


def test_a_run_is_identified_by_its_execution_and_the_stop_of_it_too() -> None:
    stopped = stopped_notification("en", repository=REPO, issue_number=1, execution_arn=ARN, url=URL)

    assert stopped.key == news("error", "en").key == "abc"
    assert stopped.digest != news("error", "en").digest
    assert stopped.digest == news("training_stopped", "ja").digest
    assert "/retry" in stopped.text


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://api.github.com", f"https://github.com/{REPO}/issues/1"),
        ("https://git.example.com/api/v3", f"https://git.example.com/{REPO}/issues/1"),
    ],
)
def test_more_is_told_in_the_status_comment_or_else_on_the_issues_page(api: str, page: str) -> None:
    settings = Settings("us-east-1", "b", "p", "c", api, "s", "en")

    assert issue_url(api, REPO, 1) == where_to_read(settings, IssueRecord(REPO, 1)) == page
    assert where_to_read(settings, IssueRecord(REPO, 1, comment_url=URL)) == URL
