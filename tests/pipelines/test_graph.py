"""The picture of the pipeline."""

from __future__ import annotations

from typing import Any

from pipelines.graph import mermaid


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
