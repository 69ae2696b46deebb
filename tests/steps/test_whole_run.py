"""PrepareData, TrainModel and EvaluateModel one after the other, through the bundle, in subprocesses."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as reference

from contracts.evaluation_report import EvaluationReport
from steps.model_artifact import load_model
from steps.preprocessor import Preprocessor, as_matrix

from .conftest import PENGUINS, Run, Workshop, cars_csv


def test_penguins_reach_the_score_of_a_plain_scikit_learn_baseline(penguins: Run) -> None:
    assert (penguins.prepared.status, penguins.trained.status, penguins.evaluated.status) == (0, 0, 0)
    report = penguins.evaluated.json("evaluation/evaluation.json")
    assert report["metrics"]["accuracy"] >= 0.95
    assert report["judge"] == {
        "metric": "accuracy",
        "value": report["metrics"]["accuracy"],
        "threshold": 0.9,
        "direction": "maximize",
        "margin": pytest.approx(report["metrics"]["accuracy"] - 0.9),
        "passed": True,
    }
    assert report["baseline"]["dummy"]["accuracy"] < 0.5
    assert 0 < report["multiclass_classification_metrics"]["accuracy"]["standard_deviation"] < 0.1


def test_metadata_counts_every_row_once_and_names_the_matrix(penguins: Run) -> None:
    metadata = penguins.prepared.json("metadata/metadata.json")
    rows = metadata["rows"]
    assert (rows["total"], rows["train"], rows["validation"], rows["test"]) == (344, 241, 34, 69)
    assert (rows["dropped_missing_target"], rows["dropped_duplicates"]) == (0, 0)
    assert metadata["classes"] == ["Adelie", "Chinstrap", "Gentoo"]
    assert metadata["task_type"] == "classification"
    train = penguins.prepared.table("train")
    assert train.columns == [*metadata["features"], "__target__"]
    assert train.height == rows["train"]
    assert sum(frame.null_count().sum_horizontal().item() for frame in (train,)) == 0
    bill = next(item for item in metadata["columns"] if item["name"] == "bill_length_mm")
    assert (bill["kind"], bill["missing"]) == ("numeric", 2)
    assert bill["mean"] == pytest.approx(43.92193)


def test_test_part_keeps_raw_rows_and_all_parts_together_are_the_dataset(penguins: Run) -> None:
    test = penguins.prepared.table("test")
    source = pl.read_csv(PENGUINS / "penguins.csv", infer_schema=False)
    assert test.columns == [*[name for name in source.columns if name != "species"], "__target__"]
    test = test.with_columns(pl.col("year").cast(pl.String))  # read as a number: every cell of it is one
    joined = test.join(source, on=[name for name in source.columns if name != "species"], how="semi", nulls_equal=True)
    assert joined.height == test.height


def test_split_is_stratified(penguins: Run) -> None:
    share = [
        penguins.prepared.table(part).get_column("__target__").value_counts(normalize=True).sort("__target__")
        for part in ("train", "test")
    ]
    assert np.allclose(share[0]["proportion"], share[1]["proportion"], atol=0.02)


def test_training_prints_metrics_that_sagemaker_can_pick_up(penguins: Run) -> None:
    found = dict(re.findall(r"metric (\w+)=([-0-9.e+]+);", penguins.trained.output))
    assert float(found["validation_accuracy"]) > 0.9
    assert float(found["train_accuracy"]) == 1.0


def test_evaluation_goes_the_path_that_the_training_matrix_took(penguins: Run) -> None:
    """The training rows, sent raw through the packed model's preprocessor, give the training matrix exactly."""
    folder = penguins.trained.base / "model"
    preprocessor = Preprocessor.load(folder)
    raw = pl.read_csv(PENGUINS / "penguins.csv", infer_schema=False)
    served = preprocessor.matrix(raw)
    train = as_matrix(penguins.prepared.table("train").select(preprocessor.features))
    served_rows = {row.tobytes() for row in served}
    assert all(row.tobytes() in served_rows for row in train)


def test_metrics_of_a_classification_equal_scikit_learns(penguins: Run) -> None:
    model = load_model(penguins.trained.base / "model")
    test = penguins.prepared.table("test")
    actual, predicted = test["__target__"].to_numpy(), model.predict_values(test)
    content = penguins.evaluated.json("evaluation/evaluation.json")
    report, group = content["metrics"], content["multiclass_classification_metrics"]
    assert report["accuracy"] == pytest.approx(reference.accuracy_score(actual, predicted))
    for name, function in (
        ("precision", reference.precision_score),
        ("recall", reference.recall_score),
        ("f1", reference.f1_score),
    ):
        assert report[name] == pytest.approx(function(actual, predicted, average="macro"))
        assert group[f"weighted_{name}"]["value"] == pytest.approx(function(actual, predicted, average="weighted"))
    probabilities = model.predict_proba(test)
    assert report["auc_roc"] == pytest.approx(reference.roc_auc_score(actual, probabilities, multi_class="ovr"))


def test_regression_recovers_a_formula_and_its_metrics_equal_scikit_learns(cars: Run) -> None:
    assert cars.evaluated.status == 0, cars.evaluated.output
    content = cars.evaluated.json("evaluation/evaluation.json")
    report = content["metrics"]
    model = load_model(cars.trained.base / "model")
    test = cars.prepared.table("test")
    actual, predicted = test["__target__"].to_numpy(), model.predict(test)
    assert report["rmse"] == pytest.approx(reference.root_mean_squared_error(actual, predicted))
    assert report["mae"] == pytest.approx(reference.mean_absolute_error(actual, predicted))
    assert report["r2"] == pytest.approx(reference.r2_score(actual, predicted))
    assert report["mape"] == pytest.approx(reference.mean_absolute_percentage_error(actual, predicted))
    assert report["r2"] > 0.8
    assert content["judge"]["margin"] == pytest.approx(0.5 - report["rmse"])
    assert content["judge"]["passed"] is (report["rmse"] <= 0.5)


def test_numbers_with_missing_markers_stay_numbers_and_identifiers_are_dropped(cars: Run) -> None:
    metadata = cars.prepared.json("metadata/metadata.json")
    columns = {item["name"]: item for item in metadata["columns"]}
    assert (columns["weight"]["kind"], columns["weight"]["missing"]) == ("numeric", 4)
    assert columns["name"]["kind"] == "dropped"
    assert "identifier" in columns["name"]["reason"]
    assert metadata["features"] == ["weight", "cylinders", "origin=europe", "origin=japan", "origin=usa"]


def test_same_seed_gives_the_same_parts_and_the_same_evaluation(workshop: Workshop, penguins: Run) -> None:
    prepared = workshop.prepare(PENGUINS, target="species")
    for part in ("train", "validation", "test"):
        assert prepared.table(part).equals(penguins.prepared.table(part))
    trained = workshop.train(prepared, "random_forest")
    evaluated = workshop.evaluate(prepared, trained, "accuracy", 0.9)
    for name in ("evaluation.json", "report.html", "report.md"):
        path = f"processing/evaluation/{name}"
        assert (evaluated.base / path).read_bytes() == (penguins.evaluated.base / path).read_bytes()


def test_nothing_is_learned_from_a_shuffled_target(workshop: Workshop) -> None:
    frame = pl.read_csv(PENGUINS / "penguins.csv", infer_schema=False)
    shuffled = frame.with_columns(frame["species"].shuffle(seed=3))
    prepared = workshop.prepare(shuffled.write_csv(), target="species")
    trained = workshop.train(prepared, "random_forest", n_estimators=50)
    evaluated = workshop.evaluate(prepared, trained, "accuracy", 0.9)
    report = evaluated.json("evaluation/evaluation.json")
    assert report["metrics"]["accuracy"] <= report["baseline"]["dummy"]["accuracy"] + 0.1
    assert report["judge"]["passed"] is False


def test_model_serves_itself_from_the_code_it_carries(workshop: Workshop, penguins: Run) -> None:
    """The container's four functions, imported from the model alone, in a process that knows no source tree."""
    script = (
        "import sys, json\n"
        "sys.path.insert(0, 'model/code')\n"
        "import inference as i, steps\n"
        "assert 'model/code/steps.pyz' in steps.__file__, steps.__file__\n"
        "model = i.model_fn('model')\n"
        "row = {'island': 'Biscoe', 'bill_length_mm': 46.1, 'bill_depth_mm': 13.2, 'flipper_length_mm': 211,\n"
        "       'body_mass_g': None, 'sex': 'female', 'year': 2007}\n"
        "header = ','.join(row) + '\\n'\n"
        "line = 'Biscoe,46.1,13.2,211,NA,female,2007\\n'\n"
        "bodies = [(json.dumps([row]), 'application/json'), (json.dumps({'instances': [row]}), 'application/json'),\n"
        "          (header + line, 'text/csv'), (line, 'text/csv; charset=utf-8')]\n"
        "for body, kind in bodies:\n"
        "    answer = i.predict_fn(i.input_fn(body, kind), model)\n"
        "    text, _ = i.output_fn(answer, 'application/json')\n"
        "    print(json.loads(text)['predictions'][0]['prediction'])\n"
    )
    import subprocess
    import sys

    finished = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=penguins.trained.base, capture_output=True, text=True, check=False
    )
    assert finished.stdout.split() == ["Gentoo"] * 4, finished.stderr


def test_evaluation_is_readable_by_the_shared_contract(penguins: Run, cars: Run) -> None:
    for run, metric in ((penguins, "accuracy"), (cars, "rmse")):
        text = (run.evaluated.base / "processing" / "evaluation" / "evaluation.json").read_text(encoding="utf-8")
        report = EvaluationReport.from_json(text)
        assert report.metric == metric
        assert report.deviations[metric] > 0


def test_model_card_says_what_the_model_is_and_how_it_was_made(penguins: Run) -> None:
    card = json.loads((penguins.trained.base / "model" / "model.json").read_text())
    assert card["algorithm"] == "random_forest"
    assert card["dataset"]["fingerprint"] == "f"
    assert card["classes"] == ["Adelie", "Chinstrap", "Gentoo"]
    assert card["seed"] == 42
    assert set(card["versions"]) == {"python", "scikit-learn", "numpy", "polars", "skops"}


def test_report_escapes_text_from_the_data(workshop: Workshop) -> None:
    header = 'y,<script>alert(1)</script>,"a|b`c @someone"\n'
    rows = "".join(f"<b>{'no' if i % 2 else 'yes'}</b>,{i % 2 + i / 100},{i % 7}\n" for i in range(60))
    prepared = workshop.prepare(header + rows, target="y")
    trained = workshop.train(prepared, "random_forest", n_estimators=5)
    evaluated = workshop.evaluate(prepared, trained, "auc_roc", 0.5)
    assert evaluated.status == 0, evaluated.output
    folder = evaluated.base / "processing" / "evaluation"
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "<b>yes" not in html
    assert "&lt;script&gt;" in html
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    assert "<b>" not in markdown.replace("\\<", "")
    report = evaluated.json("evaluation/evaluation.json")["binary_classification_metrics"]
    assert report["receiver_operating_characteristic_curve"]["true_positive_rates"][-1] == 1.0
    assert set(report["confusion_matrix"]) == {"0", "1"}


def test_small_part_of_the_data_fits_on_training_rows_only(workshop: Workshop) -> None:
    """Changing rows that land in the validation and test parts leaves the fitted preprocessor as it is."""
    text = cars_csv()
    first = workshop.prepare(text, target="mpg")
    held_out = set(first.table("test").get_column("name"))
    lines = text.splitlines()
    changed = [
        line
        if line.split(",")[-1] not in held_out
        else ",".join([line.split(",")[0], "999999", "6", "mars", line.split(",")[-1]])
        for line in lines
    ]
    second = workshop.prepare("\n".join(changed) + "\n", target="mpg")
    name = "processing/preprocessor/preprocessor.json"
    assert (first.base / name).read_bytes() == (second.base / name).read_bytes()
    assert first.table("train").equals(second.table("train"))
