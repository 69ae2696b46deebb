"""The history of a run is committed once, and says what was tried, on which data, with which result."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from contracts import names
from contracts.errors import ConfigError, GitHubError
from lambdas.documents import Documents
from lambdas.edge import Fields
from lambdas.github import GitHub, connect
from lambdas.history import Rollback, late_history, write_rollback
from lambdas.history.index import INDEX
from lambdas.history.run_file import history_path
from lambdas.history.table_file import BEGIN, END, MAX_ROWS
from lambdas.history_writer.handler import handler
from lambdas.issue_record import IssueRecords
from lambdas.services import connect_services
from lambdas.settings import load_settings
from local.github.contents import contents_of
from tests.lambdas.world import PNG, REPO, World, common, records, report, whole_report

Event = dict[str, Any]


@pytest.fixture
def event(world: World, started: tuple[int, str]) -> Event:
    """A registered run with its report and metadata."""
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=report(0.97))
    metadata = {"fingerprint": "f" * 64, "target": "species", "rows": {"total": 344, "train": 240}}
    world.s3.put_object(Bucket="bucket", Key="metadata.json", Body=json.dumps(metadata).encode())
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package/penguin-species/3"
    return {**common(*started), "decision": "registered", "model_package_arn": arn}


def history_of(event: Event) -> str:
    text = connect(load_settings()).read_file(REPO, f"training_history/{event['training_job_name']}.md")
    assert text is not None
    return text


def commits(world: World) -> int:
    contents = contents_of(world.github.root, REPO)
    return len(contents.log(contents.resolve(None), None, 1000))


def test_the_file_tells_configuration_metrics_decision_version_data_and_origin(world: World, event: Event) -> None:
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


def test_writing_twice_commits_once(world: World, event: Event) -> None:
    first = handler(event, None)
    count = commits(world)

    assert handler(event, None) == first
    assert commits(world) == count


def test_the_commit_of_the_code_is_named_where_the_deployment_knows_it(
    world: World, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_GIT_COMMIT", "0123abc")
    handler(event, None)

    assert "| git commit | 0123abc |" in history_of(event)


def test_a_rejected_run_says_who_rejected_it_why_and_what_stays(world: World, event: Event) -> None:
    outcome = {"operator": "ada", "reason": "drifts | badly", "current_model_version": "2"}
    handler({**event, "decision": "rejected", "model_package_arn": "", **outcome}, None)

    text = history_of(event)
    assert "an operator rejected it" in text
    assert "| operator | ada |" in text
    assert "| reason | drifts ¦ badly |" in text
    assert "| current_model_version | 2 |" in text
    assert "none registered" in text


def test_a_run_without_report_and_metadata_still_has_a_history(world: World, event: Event) -> None:
    world.s3.objects.clear()
    handler({**event, "decision": "failed"}, None)

    text = history_of(event)
    assert "## Metrics" not in text
    assert world.sagemaker.parameters(event["execution_arn"])[names.DATASET_FINGERPRINT] in text


@pytest.fixture
def whole(world: World, event: Event) -> Event:
    """A run whose evaluation holds everything, pictures included."""
    world.s3.put_object(Bucket="bucket", Key="evaluation.json", Body=whole_report())
    for name in ("calibration", "roc_curve", "confusion_matrix", "precision_recall", "champion"):
        world.s3.put_object(Bucket="bucket", Key=f"plots/{name}.png", Body=PNG + name.encode())
    return event


def committed(world: World, sha: str) -> set[str]:
    """Paths of a commit beyond its parent's."""
    contents = contents_of(world.github.root, REPO)
    listing = contents.git("diff-tree", "-r", "--name-only", "--no-commit-id", sha)
    return set(listing.decode().split())


def test_one_commit_holds_the_text_and_the_pictures_and_a_second_call_none(world: World, whole: Event) -> None:
    connect(load_settings()).commit_files(REPO, {"notes/start.md": b"s"}, message="start")
    count = commits(world)
    answer = handler(whole, None)

    path = answer["history_path"].removesuffix(".md")
    plots = answer["history_plots"].split()
    assert plots == ["calibration", "roc_curve", "confusion_matrix", "precision_recall", "champion"]
    pictures = {f"{path}/{name}.png" for name in plots}
    assert committed(world, answer["commit_sha"]) == {f"{path}.md", "training_history/README.md", *pictures}
    assert answer["history_url"].endswith(f"/{REPO}/blob/{answer['commit_sha']}/{path}.md")
    assert commits(world) == count + 1
    assert handler(whole, None) == answer
    assert commits(world) == count + 1


def test_the_pictures_are_shown_by_their_place_beside_the_file(world: World, whole: Event) -> None:
    handler(whole, None)

    job, text = whole["training_job_name"], history_of(whole)
    assert f"![ROC curve]({job}/roc_curve.png)" in text
    assert f"![Calibration]({job}/calibration.png)" in text


def test_a_picture_that_is_missing_too_large_or_none_is_left_out(world: World, whole: Event) -> None:
    del world.s3.objects["bucket/plots/calibration.png"]
    world.s3.put_object(Bucket="bucket", Key="plots/roc_curve.png", Body=PNG + b"x" * 500_000)
    world.s3.put_object(Bucket="bucket", Key="plots/champion.png", Body=b"<html>")
    answer = handler(whole, None)

    assert answer["history_plots"] == "confusion_matrix precision_recall"
    assert len(committed(world, answer["commit_sha"])) == 4
    assert "calibration.png" not in history_of(whole)


def test_the_file_tells_how_the_model_compares_and_where_it_is_weak(world: World, whole: Event) -> None:
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
def test_a_name_that_is_no_job_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="job name"):
        history_path(name)


def test_an_unknown_decision_is_refused(world: World, event: Event) -> None:
    with pytest.raises(ConfigError, match="decision must be one of"):
        handler({**event, "decision": "perhaps"}, None)


# The index


def read(path: str) -> str:
    text = connect(load_settings()).read_file(REPO, path)
    assert text is not None
    return text


def rows(text: str) -> list[list[str]]:
    """Cells of the table's rows."""
    table = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def start_at(world: World, arn: str, moment: datetime) -> None:
    next(e for e in world.sagemaker.executions if e["arn"] == arn)["created"] = moment


def test_the_index_has_a_row_for_the_run_and_links_its_file(world: World, event: Event) -> None:
    start_at(world, event["execution_arn"], datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=9))))
    answer = handler(event, None)

    job = event["training_job_name"]
    assert rows(read("training_history/README.md"))[0] == [
        "2030-01-01 18:04:05", f"[{job}]({job}.md)", str(event["issue_number"]), "random_forest", "penguins",
        "accuracy", "0.97", "0.95", "registered", "penguin-species 3",
    ]  # fmt: skip
    assert answer["history_status"] == "written"
    assert "| started | 2030-01-01 18:04:05 |" in history_of(event)


def test_the_index_lists_runs_by_their_start_and_each_once(
    world: World, event: Event, open_issue: Callable[..., int]
) -> None:
    from lambdas.start_execution.handler import handler as start

    number = open_issue()
    start(records({"repository": REPO, "issue_number": number}), None)
    arn = world.sagemaker.executions[-1]["arn"]
    start_at(world, event["execution_arn"], datetime(2031, 1, 1, tzinfo=UTC))
    start_at(world, arn, datetime(2031, 1, 2, tzinfo=UTC))
    other = {**common(number, arn), "decision": "failed"}
    handler(other, None)
    handler(event, None)
    handler(other, None)

    jobs = [cells[1] for cells in rows(read("training_history/README.md"))]
    expected = [f"[{e['training_job_name']}]({e['training_job_name']}.md)" for e in (other, event)]
    assert [job for job in jobs if job in expected] == expected


def test_strangers_values_are_text_in_the_index(world: World, event: Event) -> None:
    handler({**event, "dataset_id": "a | b\n<b> @all #1 [x](http://evil)"}, None)

    [row] = [cells for cells in rows(read("training_history/README.md")) if event["training_job_name"] in cells[1]]
    assert len(row) == len(INDEX.head)
    assert row[4] == "a ¦ b &lt;b&gt; @\u200ball #\u200b1 \\[x\\](http:\u200b//evil)"


def test_what_people_wrote_around_the_table_stays() -> None:
    cells = ("2026", "[a](a.md)", *[""] * 8)
    text = INDEX.with_row("# Ours\n\nHello.\n", cells)
    assert text.startswith(f"# Ours\n\nHello.\n\n{BEGIN}\n")
    text = INDEX.with_row(text + "\nFooter.\n", ("2027", "[b](b.md)", *[""] * 8))

    assert text.endswith(f"{END}\n\nFooter.\n")
    assert [row[1] for row in rows(text)] == ["[b](b.md)", "[a](a.md)"]
    assert INDEX.with_row(text, cells) == text


def test_the_index_keeps_the_newest_and_an_older_run_changes_nothing() -> None:
    text = None
    for number in range(MAX_ROWS + 3):
        text = INDEX.with_row(text, (f"{number:05d}", f"[j{number}](j{number}.md)", *[""] * 8))

    assert text is not None
    assert len(rows(text)) == MAX_ROWS
    assert rows(text)[0][0] == "00502"
    assert INDEX.left_out in text
    older = INDEX.with_row(text, ("00001", "[j1](j1.md)", *[""] * 8))
    assert rows(older) == rows(text)


@pytest.mark.parametrize("text", [f"{END}\n{BEGIN}\n", f"{BEGIN}\n", f"{BEGIN}\n| x |\n|\n| odd\n{END}", "\r\n\x00"])
def test_a_damaged_index_is_no_obstacle(text: str) -> None:
    once = INDEX.with_row(text, ("2026", "[a](a.md)", *[""] * 8))

    assert once.count("[a](a.md)") == 1
    assert INDEX.with_row(once, ("2026", "[a](a.md)", *[""] * 8)) == once


def test_runs_that_end_at_the_same_moment_all_stay_in_the_index(world: World, event: Event) -> None:
    several = [{**event, "training_job_name": f"meeting-{i}"} for i in range(4)]
    before = commits(world)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda e: handler(e, None), several))

    text = read("training_history/README.md")
    assert all(f"[meeting-{i}](meeting-{i}.md)" in text for i in range(4))
    assert len({answer["commit_sha"] for answer in answers}) == 4
    assert commits(world) == before + 4
    assert all(read(answer["history_path"]) for answer in answers)


# GitHub is down


def down(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise GitHubError("cannot commit: GitHub answered 502.")

    monkeypatch.setattr(GitHub, "commit_changes", refuse)


def test_while_github_is_down_the_run_goes_on_and_the_history_is_written_later_once(
    world: World, whole: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = commits(world)
    with monkeypatch.context() as outage:
        down(outage)
        answer = handler(whole, None)
        assert answer == {
            "history_path": history_path(whole["training_job_name"]),
            "commit_sha": "",
            "history_url": "",
            "history_plots": "",
            "history_status": "queued",
        }
        [message] = world.sent(names.HISTORY_QUEUE)
        assert handler(records(message), None)["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    assert commits(world) == before

    late = handler(records(message), None)
    assert late["batchItemFailures"] == []
    assert handler(records(message), None) == late
    assert commits(world) == before + 1
    [written] = late["results"]
    assert written["history_status"] == "written"
    record = IssueRecords(Documents(world.s3, "bucket")).read(REPO, whole["issue_number"])
    url, plots = late_history(record, whole["execution_id"])
    assert url == written["history_url"]
    assert "roc_curve" in plots
    assert late_history(record, "another") == ("", ())


def test_without_a_queue_an_outage_is_not_hidden(world: World, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISSUEOPS_HISTORY_QUEUE_URL")
    down(monkeypatch)

    with pytest.raises(GitHubError, match="502"):
        handler(event, None)


# Rollbacks

ROLLBACK = Rollback(
    repository=REPO,
    issue_number=3,
    model_package_group_name="penguin-species",
    rollback_status="rolled_back",
    current_model_version="2",
    previous_model_version="3",
    operator="ada",
    reason="drifts | <b>",
    happened=datetime(2026, 11, 24, 15, 31, 7, tzinfo=UTC),
    reference="comment 12",
)


def rollbacks() -> list[list[str]]:
    return [cells for cells in rows(read("training_history/rollbacks.md")) if cells[1] == "penguin-species"]


def test_a_rollback_is_written_once_with_who_and_why(world: World) -> None:
    services = connect_services()
    first = write_rollback(services, ROLLBACK)
    count = commits(world)

    assert write_rollback(services, ROLLBACK) == first
    assert commits(world) == count
    assert first.url.endswith("/training_history/rollbacks.md")
    assert rollbacks()[-1] == [
        "2026-11-24 15:31:07", "penguin-species", "3", "2", "rolled_back", "ada", "drifts ¦ &lt;b&gt;", "3",
        "comment 12",
    ]  # fmt: skip


def test_a_rollback_waits_in_the_queue_while_github_is_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    later = replace(ROLLBACK, reference="comment 13", happened=datetime(2026, 11, 25, tzinfo=UTC))
    with monkeypatch.context() as outage:
        down(outage)
        assert write_rollback(connect_services(), later).status == "queued"
    [message] = world.sent(names.HISTORY_QUEUE)
    for _ in range(2):
        assert handler(records(message), None)["results"][0]["history_status"] == "written"

    assert [cells[0] for cells in rollbacks() if cells[8] == "comment 13"] == ["2026-11-25 00:00:00"]
    assert rollbacks()[0][8] == "comment 13"


@pytest.mark.parametrize("wrong", [{"happened": "soon"}, {"operator": None}, {"issue_number": "x"}])
def test_a_message_that_is_no_rollback_is_refused(wrong: dict[str, Any]) -> None:
    fields = {**ROLLBACK.to_fields(), **wrong}
    with pytest.raises(ConfigError):
        Rollback.from_fields(Fields(fields))
    assert Rollback.from_fields(Fields(ROLLBACK.to_fields())) == ROLLBACK
