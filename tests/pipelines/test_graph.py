"""The picture of the pipeline."""

from __future__ import annotations

from typing import Any

from pipelines.graph import compact, mermaid


def test_trunk_branches_and_triggers_are_drawn(definition: dict[str, Any]) -> None:
    lines = mermaid(definition, {}).splitlines()
    assert lines[0] == "flowchart TD"
    identifiers = {
        line.split('"')[1]: line.split('"')[0].strip(" ([{/") for line in lines if '"]' in line or '"}' in line
    }
    judge, register = identifiers["Judge results"], identifiers["Register model"]
    limit, train = identifiers["Check retry limit"], identifiers["Train model"]
    assert f'    {judge} -->|"yes"| {register}' in lines
    assert f'    {judge} -->|"no"| {limit}' in lines
    assert f"    {identifiers['Prepare data']} --> {train}" in lines
    assert sum(f'{train} -->|"failed"|' in line for line in lines) == 1


def test_every_step_but_the_first_has_a_way_in(definition: dict[str, Any]) -> None:
    lines = mermaid(definition, {}).splitlines()
    targets = {line.split()[-1] for line in lines if "-->" in line}
    assert targets == {f"s{index}" for index in range(1, 26)}


def test_steps_are_coloured_by_status(definition: dict[str, Any]) -> None:
    text = mermaid(definition, {"PrepareData": "Succeeded", "TrainModel": "Failed", "Nobody": "Stopped"})
    assert "class s0 Succeeded" in text
    assert "class s1 Failed" in text
    assert "classDef Succeeded fill:" in text
    assert "Stopped" not in text


def test_title_cannot_leave_its_label() -> None:
    title = 'x"]\n click s0 "javascript:alert(1)" <img src=x>'
    text = mermaid({"Steps": [{"Name": "A", "Type": "Lambda", "DisplayName": title}]}, {"A": '"<b>'})
    assert len(text.splitlines()) == 2
    assert text.count('"') == 2
    assert "<img" not in text
    assert "<b>" not in text


def test_definition_that_is_no_definition_draws_nothing() -> None:
    assert mermaid({"Steps": "x"}, {}) == "flowchart TD"
    assert mermaid({}, {}) == "flowchart TD"


def test_hundreds_of_steps_that_all_wait_for_each_other_are_drawn_at_once() -> None:
    steps = [
        {"Name": f"step-{i}", "Type": "Lambda", "DependsOn": [f"step-{j}" for j in range(max(0, i - 30), i)]}
        for i in range(300)
    ]
    lines = mermaid({"Steps": steps}, {}).splitlines()
    assert sum("-->" in line for line in lines) == 299


def test_steps_in_a_circle_can_be_drawn() -> None:
    steps = [{"Name": "A", "Type": "Lambda", "DependsOn": ["B"]}, {"Name": "B", "Type": "Lambda", "DependsOn": ["A"]}]
    assert sum("-->" in line for line in mermaid({"Steps": steps}, {}).splitlines()) == 2


def names_of(text: str) -> list[str]:
    """Labels of the nodes, in order."""
    return [line.split('"')[1] for line in text.splitlines() if '"' in line and "-->" not in line]


TRUNK = ("PrepareData", "TrainModel", "EvaluateModel", "JudgeResults")


def test_the_compact_picture_of_a_run_that_begins_shows_the_way_to_the_fork(definition: dict[str, Any]) -> None:
    text = compact(definition, {"PrepareData": "Cached", "TrainModel": "Executing"}, ahead=True)
    assert names_of(text) == [
        "⏭️ Prepare data",
        "⏳ Train model",
        "Evaluate model",
        "Judge results",
        "Register model",
        "Check retry limit",
    ]
    assert "class s0 Cached" in text
    assert "class s2,s3,s4,s5 Ahead" in text


def test_the_compact_picture_follows_the_branch_that_was_taken(definition: dict[str, Any]) -> None:
    statuses = {**dict.fromkeys((*TRUNK, "RegisterModel"), "Succeeded"), "WriteHistory": "Executing"}
    assert names_of(compact(definition, statuses, ahead=True))[-3:] == [
        "✅ Register model",
        "⏳ Write history",
        "Notify success",
    ]
    assert names_of(compact(definition, statuses, ahead=False))[-1] == "⏳ Write history"


def test_the_compact_picture_of_a_question_shows_what_an_answer_leads_to(definition: dict[str, Any]) -> None:
    statuses = {**dict.fromkeys((*TRUNK, "CheckRetryLimit"), "Succeeded"), "WaitForOperatorInput": "Waiting"}
    text = compact(definition, statuses, ahead=True, titles={"RetrainModel": "Encore"}, words={"yes": "oui"})
    assert names_of(text)[-4:] == [
        "⏸️ Wait for the operator",
        "Does the operator retrain?",
        "Encore",
        "Does the operator accept?",
    ]
    assert '-->|"oui"|' in text
    assert '-->|"no"|' in text


def test_what_comes_after_a_hidden_step_is_drawn_after_what_comes_before_it(definition: dict[str, Any]) -> None:
    statuses = {**dict.fromkeys((*TRUNK, "CheckRetryLimit"), "Succeeded"), "WaitForOperatorInput": "Waiting"}
    text = compact(definition, statuses, ahead=False, hidden={"CheckRetryLimit", "PrepareData"})
    assert names_of(text) == ["✅ Train model", "✅ Evaluate model", "✅ Judge results", "⏸️ Wait for the operator"]
    assert [line.strip() for line in text.splitlines() if "-->" in line] == [
        "s0 --> s1",
        "s1 --> s2",
        's2 -->|"no"| s3',
    ]


def test_a_branch_that_was_reached_hangs_on_its_conditions_though_they_are_not_listed(
    definition: dict[str, Any],
) -> None:
    text = compact(definition, {"RollbackModel": "Succeeded"}, ahead=False)
    assert names_of(text) == ["Judge results", "Check retry limit", "✅ Keep the previous model"]
    assert text.count('-->|"no"|') == 2


def test_hidden_steps_in_a_circle_end() -> None:
    steps = [{"Name": n, "Type": "Lambda", "DependsOn": [m]} for n, m in (("A", "B"), ("B", "A"), ("C", "A"))]
    text = compact({"Steps": steps}, dict.fromkeys("ABC", "Succeeded"), ahead=False, hidden={"A", "B"})
    assert names_of(text) == ["✅ C"]


def test_after_a_failure_nothing_lies_ahead(definition: dict[str, Any]) -> None:
    statuses = {"PrepareData": "Failed", "NotifyPrepareDataError": "Executing"}
    text = compact(definition, statuses, ahead=True)
    assert names_of(text) == ["❌ Prepare data", "⏳ Notify: data preparation failed"]
    assert '-->|"failed"|' in text


def test_a_compact_title_cannot_leave_its_label() -> None:
    title = 'x"]\n click s0 "javascript:alert(1)" <img src=x>'
    text = compact({"Steps": [{"Name": "A", "Type": "Lambda"}]}, {"A": "Failed"}, ahead=True, titles={"A": title})
    assert len(text.splitlines()) == 4
    assert text.count('"') == 2


def test_nothing_is_no_compact_picture() -> None:
    assert compact({}, {}, ahead=True) == "flowchart LR"
