"""What a reader cannot see decides nothing, and line numbers stay those of the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contracts.issue_text import parse_issue
from contracts.operator_commands import parse_comment
from contracts.visible_text import visible_lines

VALID = """algorithm: random_forest
dataset_id: penguins
target: species
evaluation_metric: accuracy
evaluation_threshold: 0.9
"""
NO_CONFIGURATION = (
    "the issue holds no configuration; write fields such as 'algorithm: random_forest', "
    "in a ```yaml block or as plain YAML."
)


def test_a_configuration_inside_an_html_comment_is_never_run() -> None:
    parsed = parse_issue(f"Please look at this.\n\n<!--\n```yaml\n{VALID}```\n-->\n")
    assert parsed.config is None
    assert [finding.message for finding in parsed.findings] == [NO_CONFIGURATION]


def test_a_form_inside_an_html_comment_is_never_run() -> None:
    fields = "".join(f"### {row.replace(': ', chr(10) * 2)}\n\n" for row in VALID.splitlines())
    assert parse_issue(fields).config is not None
    assert parse_issue(f"<!--\n{fields}-->\n").config is None


def test_the_example_in_a_template_comment_is_no_second_configuration() -> None:
    parsed = parse_issue(f"<!-- For example:\n```yaml\n{VALID}```\n-->\n\n```yaml\n{VALID.replace('0.9', '0.8')}```\n")
    assert parsed.config is not None
    assert parsed.config.evaluation_threshold == 0.8


def test_a_comment_above_plain_yaml_is_ignored_and_lines_still_count_from_the_top() -> None:
    parsed = parse_issue(f"<!-- fill this in -->\n{VALID}max_retry: 99\n")
    assert [finding.message for finding in parsed.findings] == [
        "max_retry must be an integer in [0, 10], got 99 (line 7)."
    ]


def test_a_comment_that_nobody_closes_hides_the_rest() -> None:
    assert parse_comment("Hm.\n<!-- not yet\n/accept\n") == parse_comment("Hm.")


def test_a_command_inside_an_html_comment_is_not_obeyed_and_one_after_it_is() -> None:
    parsed = parse_comment("<!--\n/accept\n-->\n/reject too weak\n")
    assert [(command.name, command.line) for command in parsed.commands] == [("reject", 4)]


def test_a_comment_mark_inside_code_hides_nothing() -> None:
    parsed = parse_comment("```html\n<!-- a comment\n```\n/accept\n")
    assert [command.name for command in parsed.commands] == ["accept"]


def test_a_fence_inside_a_comment_does_not_open_code() -> None:
    parsed = parse_comment("<!--\n```\n-->\n/accept\n")
    assert [command.name for command in parsed.commands] == ["accept"]


def test_json_may_be_indented_with_tabs() -> None:
    body = (
        '```json\n{\n\t"algorithm": "random_forest",\n\t"dataset_id":\t"penguins",\n\t"target": "a\\tb",\n'
        '\t"evaluation_threshold": 2\n}\n```\n'
    )
    found = parse_issue(body.replace("a\\tb", "species")).findings
    assert [(finding.field, finding.line) for finding in found] == [("evaluation_metric", None)]
    config = parse_issue(body.replace("\t2", "2").replace("2\n}", '0.5,\n\t"evaluation_metric": "f1"\n}')).config
    assert config is not None
    assert config.target == "a\tb"


def test_a_tab_inside_a_json_string_is_kept() -> None:
    body = '{"algorithm": "random_forest", "dataset_id": "d", "target": "a\tb",\t"evaluation_metric": "f1", '
    config = parse_issue(body + '"evaluation_threshold": 0.5}').config
    assert config is not None
    assert config.target == "a\tb"


@given(st.text(alphabet=st.sampled_from("`~<!->\r\n a/"), max_size=200))
def test_hiding_never_changes_how_many_lines_there_are(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    seen = visible_lines(text)
    assert len(seen) == len(lines)
    assert all(now in ("", before) for now, before in zip(seen, lines, strict=True))


@given(st.lists(st.sampled_from(["<!--", "-->", "```", "~~~", "/accept", "> /accept", "a", ""]), max_size=30))
def test_a_command_counts_only_where_a_reader_sees_it(rows: list[str]) -> None:
    visible = visible_lines("\n".join(rows))
    for command in parse_comment("\n".join(rows)).commands:
        assert visible[command.line - 1] == "/accept"
