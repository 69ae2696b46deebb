"""`issueops predict`: which model it takes, what it writes, and what it says where it cannot."""

from __future__ import annotations

import gzip
import json
import math
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cli import predict as predict_module
from cli.wiring import open_stack
from registry import packages
from registry.references import ModelReference
from steps.model_artifact import load_model
from tests.cli.conftest import PENGUINS, Answer

PROBABILITIES = ["probability=Adelie", "probability=Chinstrap", "probability=Gentoo"]


@pytest.fixture(scope="session")
def penguins() -> pl.DataFrame:
    return pl.read_csv(PENGUINS, null_values="NA")


def table(answer: Answer) -> pl.DataFrame:
    """Predictions on standard output; a forest's probabilities differ in the last digit from call to call."""
    assert answer.code == 0, answer.err
    return pl.read_csv(StringIO(answer.out))


def register_again(home: Path, model: str) -> None:
    """One more version of the same model, waiting for approval."""
    with open_stack(home) as stack:
        sagemaker = stack.client("sagemaker")
        first = packages.describe(sagemaker, ModelReference(model, 1))
        packages.register(
            sagemaker,
            packages.Registration(
                model,
                image=first.image,
                model_data_url=first.model_data_url,
                token="again",
                metrics_uri=first.metrics_uri,
            ),
        )


def archive(home: Path, model: str, target: Path) -> Path:
    with open_stack(home) as stack:
        found = packages.describe(stack.client("sagemaker"), ModelReference(model, 1))
        bucket, _, key = found.model_data_url.removeprefix("s3://").partition("/")
        stack.objects.get_file(bucket, key, target)
    return target


# Which model


def test_without_a_version_the_newest_approved_one_predicts(approved, home, tmp_path):
    register_again(home, "penguin-species")
    answer = approved("predict", "penguin-species", PENGUINS, "-o", tmp_path / "out.csv", "--json")
    assert answer.json == {"rows": 344, "output": str(tmp_path / "out.csv"), "model": "penguin-species", "version": 1}


def test_where_none_is_approved_the_versions_and_both_ways_on_are_named(issueops, home):
    register_again(home, "penguin-species")
    answer = issueops("predict", "penguin-species", PENGUINS)
    assert (answer.code, answer.out) == (2, "")
    assert "versions: 2 (PendingManualApproval), 1 (PendingManualApproval)" in answer.err
    assert "issueops models approve penguin-species@2" in answer.err


def test_a_version_that_is_named_need_not_be_approved_but_that_is_noted(issueops):
    answer = issueops("predict", "penguin-species@1", PENGUINS)
    assert (answer.code, answer.out.count("\n")) == (0, 345)
    assert "note: penguin-species@1 is not approved" in answer.err


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("penguin-species@7", "versions: 1"),
        ("penguin-specis", "did you mean 'penguin-species'"),
        ("nowhere/model.tar.gz", "there is no model at nowhere/model.tar.gz"),
    ],
)
def test_an_unknown_model_is_named_with_what_there_is(issueops, model, said):
    answer = issueops("predict", model, PENGUINS)
    assert answer.code == 2
    assert said in answer.err


def test_a_home_that_does_not_exist_is_not_made(tmp_path, capsys):
    from cli.main import main

    assert main(["predict", "m", str(PENGUINS), "--home", str(tmp_path / "none")]) == 2
    assert "there is no registry in" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_path_to_a_model_works_without_a_registry(issueops, home, tmp_path):
    path = archive(home, "penguin-species", tmp_path / "model.tar.gz")
    answer = issueops("predict", path, PENGUINS, "-o", tmp_path / "out.jsonl", "--json")
    assert (answer.json["model"], answer.json["version"], answer.json["rows"]) == (str(path), None, 344)


# What is written


def test_every_row_gets_what_the_model_says_of_it_in_the_order_of_the_rows(approved, home, penguins, tmp_path):
    answer = approved("predict", "penguin-species", PENGUINS)
    written = table(answer)
    assert written.columns == ["prediction", *PROBABILITIES]
    model = load_model(archive(home, "penguin-species", tmp_path / "model.tar.gz"))
    assert written["prediction"].to_list() == list(model.predict(penguins))
    assert (written["prediction"] == penguins["species"]).mean() > 0.95
    assert written.select(pl.sum_horizontal(PROBABILITIES)).to_series().is_between(0.999, 1.001).all()


def test_batches_make_no_difference(approved, tmp_path, monkeypatch):
    whole = table(approved("predict", "penguin-species", PENGUINS))
    monkeypatch.setattr(predict_module, "MAX_BATCH_ROWS", 50)
    assert_frame_equal(table(approved("predict", "penguin-species", PENGUINS)), whole)
    approved("predict", "penguin-species", PENGUINS, "-o", tmp_path / "out.parquet", "--with-input")
    assert_frame_equal(pl.read_parquet(tmp_path / "out.parquet").select(whole.columns), whole)


@pytest.mark.parametrize(
    ("suffix", "read"), [(".csv", pl.read_csv), (".jsonl", pl.read_ndjson), (".parquet", pl.read_parquet)]
)
def test_the_suffix_of_the_output_decides_its_format(approved, penguins, tmp_path, suffix, read):
    out = tmp_path / f"out{suffix}"
    answer = approved("predict", "penguin-species", PENGUINS, "-o", out, "--with-input")
    assert answer.code == 0, answer.err
    assert "344 row(s) predicted by penguin-species@1" in answer.out
    written = read(out)
    assert written.columns == [*penguins.columns, "prediction", *PROBABILITIES]
    assert written["species"].to_list() == penguins["species"].to_list()
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        (".csv.gz", lambda frame, path: path.write_bytes(gzip.compress(frame.write_csv().encode()))),
        (".tsv", lambda frame, path: frame.write_csv(path, separator="\t")),
        (".parquet", lambda frame, path: frame.write_parquet(path)),
        (".jsonl", lambda frame, path: frame.write_ndjson(path)),
    ],
)
def test_rows_in_another_format_get_the_same_predictions(approved, penguins, tmp_path, suffix, write):
    known = penguins.drop_nulls()
    write(known, path := tmp_path / f"rows{suffix}")
    known.write_csv(as_csv := tmp_path / "same.csv")
    answer = approved("predict", "penguin-species", path)
    assert_frame_equal(table(answer), table(approved("predict", "penguin-species", as_csv)))


def test_a_regression_gives_values_a_clustering_clusters_and_a_reduction_coordinates(approved, penguins, tmp_path):
    def predicted(model: str) -> pl.DataFrame:
        out = tmp_path / f"{model}.parquet"
        answer = approved("predict", model, PENGUINS, "-o", out)
        assert answer.code == 0, answer.err
        return pl.read_parquet(out)

    mass = predicted("penguin-body-mass")
    error = (mass["prediction"] - penguins["body_mass_g"]).drop_nulls().abs().mean()
    assert mass.columns == ["prediction"]
    assert isinstance(error, float)
    assert error < 350
    groups = predicted("penguin-groups")
    assert groups.columns == ["cluster"]
    assert set(groups["cluster"]) == {0, 1, 2}
    coordinates = predicted("penguin-components")
    assert coordinates.columns == ["component_1", "component_2"]
    assert all(math.isfinite(value) for value in coordinates["component_1"])


# What the file holds


def test_the_target_is_ignored_with_a_note_and_need_not_be_there(approved, penguins, tmp_path):
    with_target = approved("predict", "penguin-species", PENGUINS)
    assert "holds the target 'species'; it is not used" in with_target.err
    penguins.drop("species").write_csv(path := tmp_path / "rows.csv", null_value="NA")
    without = approved("predict", "penguin-species", path)
    assert without.err == ""
    assert_frame_equal(table(without), table(with_target))


def test_a_missing_column_is_named_with_the_one_that_was_meant(approved, penguins, tmp_path):
    penguins.rename({"bill_length_mm": "bill_lenght_mm"}).drop("island").write_csv(path := tmp_path / "rows.csv")
    out = tmp_path / "out.csv"
    out.write_text("kept")
    answer = approved("predict", "penguin-species", path, "-o", out)
    assert (answer.code, answer.out) == (2, "")
    assert "'bill_length_mm' (is it 'bill_lenght_mm'?)" in answer.err
    assert "'island'" in answer.err
    assert out.read_text() == "kept"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "out.csv", "rows.csv"]


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "empty"), (b"PAR1 but not really", "Parquet"), (b"island,sex,year\n", "no rows")]
)
def test_a_file_that_is_no_table_is_invalid_input(approved, tmp_path, content, said):
    (path := tmp_path / "rows.csv").write_bytes(content)
    answer = approved("predict", "penguin-species", path)
    assert (answer.code, answer.out) == (2, "")
    assert path.name in answer.err
    assert said in answer.err


def test_an_input_column_named_as_a_prediction_gives_way(approved, penguins, tmp_path):
    penguins.with_columns(prediction=pl.lit("mine")).write_csv(path := tmp_path / "rows.csv")
    answer = approved("predict", "penguin-species", path, "--with-input", "-o", tmp_path / "out.csv")
    assert "column(s) prediction are left out" in answer.err
    assert "mine" not in (tmp_path / "out.csv").read_text()


# What cannot be done


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{rows}", "--json"], "add -o OUT"),
        (["{rows}", "-o", "{folder}/out.xlsx"], "must end in one of .csv, .parquet"),
        (["{rows}", "-o", "{folder}/none/out.csv"], "does not exist; make it first"),
        (["{rows}", "-o", "{rows}"], "write to another"),
        (["{folder}/none.csv"], "there is no file"),
    ],
)
def test_arguments_that_cannot_be_followed_are_refused_before_any_work(approved, tmp_path, arguments, said):
    rows = tmp_path / "rows.csv"
    rows.write_bytes(PENGUINS.read_bytes())
    words = [word.format(rows=rows, folder=tmp_path) for word in arguments]
    answer = approved("predict", "penguin-species", *words)
    assert answer.code == 2
    assert said in answer.err
    assert rows.read_bytes() == PENGUINS.read_bytes()
    if "--json" in words:
        assert json.loads(answer.out)["status"] == "Invalid"
