"""Columns are numbers only if nothing is lost by it."""

from __future__ import annotations

import pytest

from tests.steps.reading.conftest import Open, kinds, rows


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2", ""], "int"),
        (["0", "9223372036854775807"], "int"),
        (["9223372036854775808", "1"], "text"),
        (["1", "2.5", "-.5", "3.", "1e-3"], "float"),
        (["1.5", "12345678901234567"], "text"),
        (["00123", "4"], "text"),
        (["1", "007"], "text"),
        (["-01", "2"], "text"),
        (["+49", "30"], "text"),
        (["1", "NA"], "text"),
        (["1.5", "nan"], "text"),
        (["1.5", "inf"], "text"),
        (["1,234", "5"], "text"),
        (["true", "false"], "text"),
        (["2020-01-31", "2020-02-01"], "text"),
        (["", ""], "text"),
        ([" 7", "8"], "int"),
        (["7 ", "8"], "text"),
    ],
)
def test_type_follows_from_every_cell(cells: list[str], kind: str, opened: Open) -> None:
    source = opened("a;b\n" + "".join(f"x;{cell}\n" for cell in cells))
    assert kinds(source)["b"] == kind
    if kind == "text":
        assert [row[1] for row in rows(source)] == [cell or None for cell in cells]


@pytest.mark.parametrize(
    ("late", "kind"),
    [
        ("2.5", "float"),
        ("oops", "text"),
        ("007", "text"),
        ("nan", "text"),
        ("-inf", "text"),
        ("+7", "text"),
        ('"0042"', "text"),
        (" 01", "text"),
        ("99999999999999999999", "text"),
        ("1e3", "float"),
        ("1_000", "text"),
    ],
)
def test_late_cell_that_contradicts_the_first_rows_is_kept(late: str, kind: str, opened: Open) -> None:
    early = "".join(f"{i},{i},{i}.5\n" for i in range(1, 30_001))
    source = opened(f"id,n,x\n{early}7,{late},8.5\n")
    assert kinds(source) == {"id": "int", "n": kind, "x": "float"}
    last = source.scan().tail(1).collect().row(0)
    assert last[1] == (float(late) if kind == "float" else late.strip('"'))
    assert source.scan().head(1).collect().row(0) == (1, "1" if kind == "text" else 1, 1.5)


def test_several_late_cells_cost_one_more_pass(opened: Open) -> None:
    early = "".join(f"{i},{i},{i}\n" for i in range(1, 30_001))
    source = opened(f"a,b,c\n{early}x,1,1\n1,y,1\n1,1,2.5\n")
    assert kinds(source) == {"a": "text", "b": "text", "c": "float"}
    assert source.scan().tail(3).collect().rows() == [("x", "1", 1.0), ("1", "y", 1.0), ("1", "1", 2.5)]


def test_columns_stay_text_on_request(opened: Open) -> None:
    assert kinds(opened("a,b\n1,2\n", text_columns=frozenset({"b"}))) == {"a": "int", "b": "text"}
    assert kinds(opened("a,b\n1,2\n", all_text=True)) == {"a": "text", "b": "text"}


def test_types_hold_for_all_parts(opened: Open) -> None:
    source = opened({"1.csv": "a,b,c\n1,2,\n", "2.csv": "a,b,c\n1.5,x,7\n", "3.csv": "c,b,a\n8,3,2\n"})
    assert kinds(source) == {"a": "float", "b": "text", "c": "int"}
    assert rows(source) == [(1.0, "2", None), (1.5, "x", 7), (2.0, "3", 8)]


def test_leading_zero_in_a_later_part_keeps_the_codes_of_all(opened: Open) -> None:
    source = opened({"1.csv": "zip,n\n10115,1\n", "2.csv": "zip,n\n01067,1\n"})
    assert [row[0] for row in rows(source)] == ["10115", "01067"]
