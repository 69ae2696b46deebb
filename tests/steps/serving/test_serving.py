"""The container's four functions, for every task, body and answer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from contracts.errors import DataError
from steps.model_artifact import Model
from steps.serving import input_fn, model_fn, output_fn, predict_fn

from .conftest import make_model

Folder = Callable[[str], str]
ROWS = pl.DataFrame({"city": ["Rome", "Oslo", None], "size": [30.0, 2.0, None]})


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


BODIES: list[tuple[Any, str]] = [
    ("city,size\nRome,30\nOslo,2\n,\n", "text/csv"),
    ("size,city\n30,Rome\n2,Oslo\n,\n", "text/csv"),
    ("\ufeffcity,size,ignored\nRome,30,x\nOslo,2,y\n,,z\n", "text/csv; charset=utf-8"),
    ('"Rome","30.0"\n"Oslo","2.0"\n"",""\n', "text/csv"),
    (b"Rome,30\r\nOslo,2\r\n,\r\n", "TEXT/CSV"),
    ('[{"city": "Rome", "size": 30}, {"size": 2, "city": "Oslo"}, {"city": null}]', "application/json"),
    ('{"instances": [{"city": "Rome", "size": 30}, {"city": "Oslo", "size": 2}, {}]}', "application/json"),
    ('{"instances": [["Rome", 30], ["Oslo", 2], [null, null]]}', "application/json"),
    (
        '{"instances": [{"features": ["Rome", 30]}, {"features": ["Oslo", 2]}, {"features": [null, null]}]}',
        "application/json",
    ),
    ('[["Rome", "30"], ["Oslo", 2.0], ["", ""]]', "application/json;charset=utf-8"),
    ('{"city": "Rome", "size": 30}\n\n{"city": "Oslo", "size": 2}\n{"city": null}\n', "application/jsonlines"),
    ('["Rome", 30]\n["Oslo", 2]\n[null, null]', "application/x-ndjson"),
    (parquet(ROWS), "application/x-parquet"),
    (parquet(ROWS), "application/vnd.apache.parquet"),
]


@pytest.mark.parametrize(("body", "content_type"), BODIES)
def test_every_body_means_the_same_rows(body: bytes | str, content_type: str) -> None:
    model = make_model("regression")
    predicted = predict_fn(input_fn(body, content_type), model)["prediction"]
    assert np.allclose(predicted, [90.0, 6.0, 15.0])


def test_single_object_or_list_is_one_row() -> None:
    model = make_model("regression")
    for body in (
        '{"city": "Rome", "size": 30}',
        '["Rome", 30]',
        '{"instances": ["Rome", 30]}',
        '{"features": ["Rome", 30]}',
        '{"features": {"city": "Rome", "size": 30}}',
    ):
        assert predict_fn(input_fn(body, "application/json"), model)["prediction"].to_list() == pytest.approx([90.0])


def test_classification_answers_class_and_probabilities(folder: Folder) -> None:
    model = model_fn(folder("classification"))
    answer = predict_fn(ROWS, model)
    assert answer.columns == ["prediction", "probability=no, thanks", "probability=yes"]
    assert answer["prediction"].to_list() == ["yes", "no, thanks", "no, thanks"]
    assert np.allclose(answer.select(pl.sum_horizontal(answer.columns[1:])).to_series(), 1.0)


def test_regression_answers_values(folder: Folder) -> None:
    answer = predict_fn(ROWS, model_fn(folder("regression")))
    assert answer.schema == {"prediction": pl.Float64}


def test_clustering_answers_cluster_ids(folder: Folder) -> None:
    answer = predict_fn(ROWS, model_fn(folder("clustering")))
    assert answer.schema == {"cluster": pl.Int64}
    assert answer["cluster"].n_unique() == 2


def test_row_that_no_cluster_reaches_is_minus_one(folder: Folder) -> None:
    answer = predict_fn(pl.DataFrame({"city": ["Rome", "Rome"], "size": [3, 300]}), model_fn(folder("noise")))
    assert answer["cluster"].to_list() == [0, -1]


def test_projection_answers_components(folder: Folder) -> None:
    answer = predict_fn(ROWS, model_fn(folder("dimensionality_reduction")))
    assert answer.schema == {"component_1": pl.Float64, "component_2": pl.Float64}


def test_missing_column_is_named_whatever_the_body() -> None:
    model = make_model("regression")
    for body, content_type in (
        ("city,sizes\nRome,3\n", "text/csv"),
        ('[{"city": "Rome"}]', "application/json"),
        ('{"city": "Rome"}', "application/jsonlines"),
        (parquet(ROWS.drop("size")), "application/x-parquet"),
    ):
        with pytest.raises(DataError, match="lack the column\\(s\\) 'size'"):
            predict_fn(input_fn(body, content_type), model)


@pytest.mark.parametrize(
    ("body", "content_type"), [("a,b,c\n", "text/csv"), ("[[1, 2, 3]]", "application/json"), ("1\n2\n", "text/csv")]
)
def test_rows_of_another_width_without_a_header_are_refused_with_the_order(body: str, content_type: str) -> None:
    with pytest.raises(DataError, match=r"no header; expected 2, in this order: city, size"):
        predict_fn(input_fn(body, content_type), make_model("regression"))


@pytest.mark.parametrize(
    "content_type", ["text/csv", "application/json", "application/jsonlines", "application/x-parquet"]
)
@pytest.mark.parametrize("body", ["", " \n\t ", b""])
def test_empty_body_is_refused(body: bytes | str, content_type: str) -> None:
    with pytest.raises(DataError, match="body is empty; send at least one row"):
        input_fn(body, content_type)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        ("[]", "application/json", "holds no rows"),
        ('{"instances": []}', "application/json", "holds no rows"),
        ('[{"a": 1}, [2]]', "application/json", "all of them lists"),
        ("[1, {}]", "application/json", "all of them lists"),
        ("[[1, 2], [3]]", "application/json", "between 1 and 2 values"),
        ('[{"city": {"name": "Rome"}}]', "application/json", "value of 'city' must be a text or a number"),
        ("{nonsense", "application/json", "is not application/json"),
        ("[" * 100_000, "application/json", "is not application/json"),
        ("{}\nnonsense", "application/jsonlines", "is not application/jsonlines"),
        ("a,b\n1,2,3\n4\n", "text/csv", "is not text/csv"),
        (b"\xff\xfe\x00", "text/csv", "is not text/csv"),
        (b"PAR1 nonsense", "application/x-parquet", "is not application/x-parquet"),
        ("x", "image/png", "'image/png' is not served; send one of text/csv, application/json"),
    ],
)
def test_body_that_cannot_be_read_is_refused_with_the_reason(body: Any, content_type: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        input_fn(body, content_type)


def test_header_without_rows_or_with_a_name_twice_is_refused() -> None:
    model = make_model("regression")
    with pytest.raises(DataError, match="header and no rows"):
        predict_fn(input_fn("city,size\n", "text/csv"), model)
    with pytest.raises(DataError, match="city more than once"):
        predict_fn(input_fn("city,size,city\nRome,3,Rome\n", "text/csv"), model)


def test_column_of_several_kinds_becomes_text() -> None:
    rows = input_fn(
        '[{"a": 1, "b": 1, "c": true, "d": 1}, {"a": "x", "b": 2.5, "c": 0, "d": 1e30}]', "application/json"
    )
    assert rows.to_dicts() == [
        {"a": "1", "b": 1.0, "c": "true", "d": 1.0},
        {"a": "x", "b": 2.5, "c": "0", "d": 1e30},
    ]
    assert input_fn(f'[{{"a": {2**70}}}]', "application/json")["a"].to_list() == [float(2**70)]


@pytest.fixture
def answer() -> pl.DataFrame:
    return pl.DataFrame({"prediction": ["a", "b,c"], "probability=a": [0.75, float("nan")]})


def test_answer_as_json(answer: pl.DataFrame) -> None:
    for accept in ("application/json", "application/json; charset=utf-8", "*/*", "", "text/html, application/json"):
        body, content_type = output_fn(answer, accept)
        assert content_type == "application/json"
        predictions = json.loads(body)["predictions"]
        assert predictions == [{"prediction": "a", "probability=a": 0.75}, {"prediction": "b,c", "probability=a": None}]


def test_answer_as_json_lines(answer: pl.DataFrame) -> None:
    body, content_type = output_fn(answer, "application/jsonlines")
    assert content_type == "application/jsonlines"
    assert [json.loads(line)["prediction"] for line in body.decode().splitlines()] == ["a", "b,c"]


def test_answer_as_csv_has_no_header(answer: pl.DataFrame) -> None:
    body, content_type = output_fn(answer, "text/csv")
    assert content_type == "text/csv"
    assert body.decode().splitlines()[1].startswith('"b,c",')


def test_answer_as_parquet(answer: pl.DataFrame) -> None:
    body, content_type = output_fn(answer, "application/x-parquet")
    assert content_type == "application/x-parquet"
    assert pl.read_parquet(io.BytesIO(body)).equals(answer, null_equal=True)


def test_answer_that_nobody_accepts_is_refused(answer: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="No answer of type 'image/png' can be given; accept one of application/json"):
        output_fn(answer, "image/png")


@pytest.mark.parametrize("task", ["classification", "regression", "clustering", "dimensionality_reduction", "noise"])
def test_model_answers_the_same_after_saving_and_loading(task: str, folder: Folder) -> None:
    fresh: Model = make_model(task)
    assert predict_fn(ROWS, model_fn(folder(task))).equals(predict_fn(ROWS, fresh))


def test_no_rows_give_an_empty_answer_with_all_columns() -> None:
    answer = predict_fn(ROWS.clear(), make_model("classification"))
    assert answer.height == 0
    assert answer.columns == ["prediction", "probability=no, thanks", "probability=yes"]
