"""Delimited text as people write it: separators, quotes, headers, encodings, blank lines."""

from __future__ import annotations

import pytest

from tests.steps.reading.conftest import Open, kinds, rows

TABLE = [("Anna", 1), ("Bo", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "name,n\nAnna,1\nBo,2\n",
        "name;n\nAnna;1\nBo;2\n",
        "name\tn\nAnna\t1\nBo\t2",
        "name|n\r\nAnna|1\r\nBo|2\r\n",
        "name,n\rAnna,1\rBo,2\r",
        "name,n\r\nAnna,1\rBo,2\n",
        "\ufeffname,n\nAnna,1\nBo,2\n",
        '"name","n"\n"Anna","1"\n"Bo","2"\n',
        "'name','n'\n'Anna','1'\n'Bo','2'\n",
        '\n\nname,n\n\nAnna,1\n\n \t\nBo,2\n,\n"",\n\n',
        ",\n,\nname,n\nAnna,1\nBo,2\n",
        "sep=;\nname;n\nAnna;1\nBo;2\n",
        "# made by hand\n# in two lines\nname,n\nAnna,1\nBo,2\n",
        'name, n\n"Anna", "1"\n"Bo", "2"\n'.replace(" n", "n"),
    ],
)
def test_dialects_of_one_table_are_read_alike(text: str, opened: Open) -> None:
    source = opened(text)
    assert [(name, int(n)) for name, n in rows(source)] == TABLE
    assert list(source.columns) == ["name", "n"]
    assert source.rows == 2


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('a,b\n"x\ny",1\n', ("x\ny", 1)),
        ('a,b\n"x\r\ny",1\n', ("x\r\ny", 1)),
        ('a,b\r"x\ry",1\r', ("x\ry", 1)),
        ('a,b\n"say ""hi""",1\n', ('say "hi"', 1)),
        ('a,b\n"say \\"hi\\", he said",1\n', ('say "hi", he said', 1)),
        ('a,b\n5" pipe,1\n', ('5" pipe', 1)),
        ('a,b\n5" pipe,1\n"x, y",2\n', ('5" pipe', 1)),
        ('a\tb\n"Great" film\t1\n', ('"Great" film', 1)),
        ("a,b\nO'Brien,1\n", ("O'Brien", 1)),
        ("a,b\n'x, y',1\n'it''s',2\n", ("x, y", 1)),
        ("a,b\n'x, y',1\nO'Brien,2\n", ("x, y", 1)),
        ("a,b\n  x ,1\n", ("  x ", 1)),
        ("#id,b\nx,1\n", ("x", 1)),
        ("# note\n#id,b\nx,1\n", ("x", 1)),
        ("#tag\nx\n", ("x",)),
        ("sep,b\nx,1\n", ("x", 1)),
    ],
)
def test_cells_keep_what_was_written(text: str, cells: tuple[object, ...], opened: Open) -> None:
    assert rows(opened(text))[0] == cells


def test_quotes_that_do_not_enclose_cells_are_told(opened: Open) -> None:
    assert opened('a\tb\n"Great" film\t1\n').notes == (
        "d.csv: quotes were read as ordinary characters, because they do not enclose cells.",
    )


def test_separator_and_quote_within_cells_do_not_mislead(opened: Open) -> None:
    source = opened('a;b\n"1,5";"x,y,z"\n"2,5";"p,q,r"\n')
    assert source.separator == ";"
    assert rows(source) == [("1,5", "x,y,z"), ("2,5", "p,q,r")]


def test_separator_can_be_given(opened: Open) -> None:
    assert rows(opened("a:b\n1:2\n", separator=":")) == [(1, 2)]
    assert rows(opened("a,b;c\n1,2;3\n", separator=";")) == [("1,2", 3)]


def test_one_column_needs_no_separator(opened: Open) -> None:
    assert rows(opened("n\n1\n\n2\n")) == [(1,), (2,)]
    assert rows(opened('n\nx\n""\ny\n')) == [("x",), ("y",)]


def test_names_are_given_to_a_file_without_header(opened: Open) -> None:
    source = opened("M,0.5,15\nF,0.4,7\n", names=("sex", "length", "rings"))
    assert rows(source) == [("M", 0.5, 15), ("F", 0.4, 7)]
    assert kinds(source) == {"sex": "text", "length": "float", "rings": "int"}


def test_names_replace_a_header_that_is_one(opened: Open) -> None:
    same = opened("sex,rings\nM,15\nF,7\n", names=("sex", "rings"))
    assert (rows(same), same.notes) == ([("M", 15), ("F", 7)], ())
    other = opened("s,r\nM,15\nF,7\n", names=("sex", "rings"))
    assert rows(other) == [("M", 15), ("F", 7)]
    assert "taken for a header" in other.notes[0]
    kept = opened("?,x\n15,y\n7,z\n", names=("rings", "sex"))
    assert rows(kept)[0] == ("?", "x")
    assert rows(opened("s,r\nM,15\n", names=("sex", "rings"), header=False)) == [("s", "r"), ("M", "15")]


def test_file_without_header_is_noticed(opened: Open) -> None:
    source = opened("1.5,2,x\n2.5,3,y\n")
    assert list(source.columns) == ["column_0", "column_1", "column_2"]
    assert source.rows == 2
    assert "looks like data" in source.notes[0]


@pytest.mark.parametrize("header", ["1990,1991,1992", "country,1990,1991,1992"])
def test_years_are_a_header(header: str, opened: Open) -> None:
    cells = ",".join(["7"] * (header.count(",") + 1))
    assert list(opened(f"{header}\n{cells}\n{cells}\n").columns) == header.split(",")


def test_header_can_be_stated(opened: Open) -> None:
    assert opened("1,2\n3,4\n", header=True).rows == 1
    assert opened("a,b\nc,d\n", header=False).rows == 2


def test_names_that_stand_twice_are_made_different(opened: Open) -> None:
    source = opened("a,b,a,,a_2\n1,2,3,4,5\n")
    assert list(source.columns) == ["a", "b", "a_3", "unnamed_3", "a_2"]
    assert source.renamed == ("a_3",)


def test_header_may_hold_line_ends_and_be_very_long(opened: Open) -> None:
    assert list(opened('"a\nb",c\n1,2\n').columns) == ["a\nb", "c"]
    names = [f"column number {i}" for i in range(20_000)]
    source = opened(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
    assert list(source.columns) == names


@pytest.mark.parametrize(
    ("encoding", "text", "note"),
    [
        ("utf-8", "é,n\nñandú,1\n", None),
        ("utf-16", "é,n\nñandú,1\n", None),
        ("utf-16-le", "é,n\nñandú,1\n", "was read as UTF-16-LE"),
        ("utf-32", "é,n\nñandú,1\n", None),
        ("latin-1", "é,n\nñandú,1\n", "Windows-1252"),
        ("cp1252", "prix,n\n5 €,1\n", "Windows-1252"),
        ("latin-1", "ville,n\ncréée,1\nHérault,2\nß,3\n", "Windows-1252"),
        ("cp932", "性別,n\n男,1\n女,2\n", "Shift_JIS"),
        ("cp932", "name,n\nﾃｽﾄと表示,1\n①,2\n", "Shift_JIS"),
        ("euc_jp", "性別,n\n男,1\n女,2\n", "EUC-JP"),
    ],
)
def test_encodings_are_recognised_and_told(encoding: str, text: str, note: str | None, opened: Open) -> None:
    source = opened((text + "end,0\n" * 20).encode(encoding))
    lines = text.splitlines()
    assert list(source.columns) == lines[0].split(",")
    assert rows(source)[0] == (lines[1].split(",")[0], 1)
    assert (note or "") in " ".join(source.notes)
    assert bool(note) == bool(source.notes)


def test_encoding_can_be_given(opened: Open) -> None:
    assert rows(opened("a,b\nПривет,1\n".encode("cp1251"), encoding="windows-1251")) == [("Привет", 1)]
    assert rows(opened("a,b\n表,1\n".encode("cp932"), encoding="Shift_JIS")) == [("表", 1)]
    assert rows(opened("\ufeffa,b\nx,1\n".encode(), encoding="utf-8")) == [("x", 1)]
    assert rows(opened("a,b\né,1\n".encode("utf-16"), encoding="utf-16")) == [("é", 1)]
