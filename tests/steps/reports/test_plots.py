"""Every task gets its plots, whatever the data is like; each is a small PNG that a person can read."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
import pytest
from PIL import Image

from steps.evaluation.evaluation import Evaluation, Measured, Predictions
from steps.evaluation.plots import Plot, draw_all, lettering, style
from steps.evaluation.plots.lettering import Lettering

from .evaluations import (
    HOSTILE,
    JAPANESE,
    NAN,
    card,
    champion,
    classification,
    clustering,
    importances,
    metadata,
    projection,
    regression,
)

HISTORY = [
    {"iteration": step, "train_loss": 1.0 / step, "validation_loss": 0.5 + abs(step - 20) / 100}
    for step in range(1, 41)
]


def draw(evaluation: Evaluation, **facts: Any) -> dict[str, Plot]:
    """The plots by name, each checked."""
    plots = draw_all(evaluation, card(evaluation.task_type, **facts), metadata(evaluation.task_type))
    for plot in plots:
        assert_readable(plot)
    return {plot.name: plot for plot in plots}


def assert_readable(plot: Plot) -> None:
    assert len(plot.png) < 120_000, plot.name
    with Image.open(io.BytesIO(plot.png)) as picture:
        assert picture.format == "PNG"
        assert 600 <= picture.width <= 1_200, plot.name
        assert 190 <= picture.height <= 1_100, plot.name
        pixels = np.asarray(picture.convert("RGB"))
        assert picture.info.keys().isdisjoint({"Software", "Creation Time", "date"})
    assert (pixels[0] == 255).all(), "nothing touches the upper edge"
    assert (pixels < 200).any(), "something is drawn"
    assert plot.title
    assert plot.caption
    assert plot.name.replace("_", "").isalnum()


def test_a_classification_shows_its_mistakes_its_ranking_and_its_honesty() -> None:
    plots = draw(classification())
    assert set(plots) == {
        "confusion_matrix",
        "permutation_importance",
        "roc_curve",
        "precision_recall",
        "calibration",
        "champion",
    }
    wrong = int((classification().predictions.actual != classification().predictions.predicted).sum())
    assert f"{wrong} of 120 test rows" in plots["confusion_matrix"].title
    assert "bill_length_mm" in plots["permutation_importance"].title


def test_a_binary_classification_names_its_second_class() -> None:
    plots = draw(classification(("no", "yes")))
    assert {"roc_curve", "precision_recall", "calibration"} <= set(plots)


def test_a_regression_shows_predictions_and_residuals() -> None:
    assert set(draw(regression())) == {"predicted_actual", "residuals", "permutation_importance"}


@pytest.mark.parametrize("whole", [False, True])
def test_ten_thousand_predictions_are_drawn_as_cells(whole: bool) -> None:
    plots = draw(regression(10_000, whole=whole))
    assert set(plots) == {"predicted_actual", "residuals", "permutation_importance"}


def test_a_clustering_shows_where_its_clusters_lie_and_how_tight_they_are() -> None:
    plots = draw(clustering())
    assert set(plots) == {"cluster_map", "silhouette", "cluster_sizes"}
    with_reference, alone = (draw(clustering(reference=flag))["cluster_map"].png for flag in (True, False))
    assert Image.open(io.BytesIO(with_reference)).width > Image.open(io.BytesIO(alone)).width


def test_the_choice_of_the_number_of_clusters_is_shown_where_there_was_one() -> None:
    tried = [{"n_clusters": count, "silhouette": 1 / (1 + abs(count - 4))} for count in range(2, 13)]
    assert "4 are the most distinct" in draw(clustering(), facts={"tried": tried})["cluster_choice"].title
    assert "cluster_choice" not in draw(clustering(), facts={"tried": tried[:1]})


def test_a_projection_shows_the_plane_the_components_and_what_is_lost() -> None:
    plots = draw(projection(), facts={"explained_variance_ratio": [0.5, 0.2, 0.1]})
    assert set(plots) == {"projection", "explained_variance", "reconstruction_error"}
    assert "80.0%" in plots["explained_variance"].title


def test_a_model_that_iterates_shows_where_it_was_best() -> None:
    for task_type in ("classification", "regression", "clustering", "dimensionality_reduction"):
        bare = Evaluation(task_type, {}, Predictions(None))
        plots = draw(bare, history=HISTORY, facts={"best_iteration": 20})
        assert list(plots) == ["learning_curve"]
        assert "best after 20 of 40" in plots["learning_curve"].title
    falling = [{"iteration": step, "train_loss": 1e3 / 10**step} for step in range(8)]
    assert "learning_curve" in draw(regression(), history=falling)


def test_a_learning_curve_over_rows_is_drawn_where_there_is_no_history() -> None:
    curve = [{"rows": rows, "train": 0.99, "validation": 0.8 + rows / 10_000} for rows in (100, 300, 1_000)]
    plots = draw(classification(), facts={"learning_curve": curve})
    assert "1,000 training rows" in plots["learning_curve"].title


@pytest.mark.parametrize(
    "history",
    [
        [{"iteration": 1, "train_loss": 0.5}],
        [{"iteration": 1, "train_loss": NAN}, {"iteration": 2, "train_loss": NAN}],
        [{"iteration": 1}, {"iteration": 2}],
        [{}, {}],
        ["text", None],
    ],
)
def test_a_history_that_says_nothing_is_not_drawn(history: list[Any]) -> None:
    assert "learning_curve" not in draw(regression(), history=history)


def test_a_test_part_of_one_class_has_no_curves() -> None:
    plots = draw(classification(present=1))
    assert "confusion_matrix" in plots
    assert "roc_curve" not in plots
    assert "precision_recall" not in plots
    assert "roc_curve" in draw(classification(present=2)), "two of three classes can be ranked"


def test_sixty_classes_are_pooled_and_the_worst_ranked_are_drawn() -> None:
    plots = draw(classification(tuple(f"class number {index}" for index in range(60)), rows=3_000))
    assert "41 others are pooled" in plots["confusion_matrix"].caption
    assert "52 others are not" in plots["roc_curve"].caption


def test_ten_thousand_rows_of_every_task_are_drawn() -> None:
    draw(classification(rows=10_000))
    draw(clustering(rows=10_000))
    draw(projection(rows=10_000))


def test_one_row_of_every_task_is_drawn() -> None:
    draw(classification(rows=1))
    draw(regression(rows=1))
    draw(clustering(rows=1))
    draw(projection(rows=1))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.zeros(150, dtype=np.int64), {"cluster_map", "cluster_sizes"}),
        (np.full(150, -1), {"cluster_map", "cluster_sizes"}),
        (np.arange(150), {"cluster_map", "cluster_sizes"}),
        (np.r_[np.full(140, -1), np.arange(10) % 2], {"cluster_map", "cluster_sizes", "silhouette"}),
        (np.arange(150) % 60, {"cluster_map", "cluster_sizes", "silhouette"}),
    ],
    ids=["one cluster", "all noise", "a cluster per row", "mostly noise", "sixty clusters"],
)
def test_odd_clusterings_are_drawn(labels: np.ndarray, expected: set[str]) -> None:
    assert set(draw(clustering(labels))) == expected


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("reference", [True, False])
def test_projections_of_any_dimension_are_drawn(dimensions: int, reference: bool) -> None:
    assert "projection" in draw(projection(dimensions=dimensions, reference=reference))


def test_undefined_metrics_and_numbers_leave_gaps_and_no_error() -> None:
    for evaluation in (classification(), regression(), clustering(), projection()):
        undefined = {name: Measured(NAN, NAN) for name in evaluation.metrics}
        draw(replace(evaluation, metrics=undefined, champion=champion()))
    assert "champion" not in draw(replace(classification(), metrics={}, champion=replace(champion(), metrics={})))
    broken = regression().predictions
    assert broken.actual is not None
    assert broken.predicted is not None
    values = np.where(np.arange(200) % 3 == 0, np.nan, broken.predicted)
    draw(replace(regression(), predictions=Predictions(broken.actual, values)))
    assert "residuals" not in draw(replace(regression(), predictions=Predictions(values * np.nan, values)))


def test_a_prediction_far_off_is_counted_and_does_not_squeeze_the_others() -> None:
    evaluation = regression()
    predicted = np.array(evaluation.predictions.predicted)
    predicted[0] = 1e12
    plots = draw(replace(evaluation, predictions=Predictions(evaluation.predictions.actual, predicted)))
    assert "1 row is predicted far outside" in plots["predicted_actual"].caption


def test_constant_values_are_drawn() -> None:
    same = np.full(100, 7.0)
    draw(replace(regression(), predictions=Predictions(same, same)))
    draw(replace(regression(), predictions=Predictions(same * 0, same * 1e-30)))
    flat = replace(clustering().predictions, coordinates=np.zeros((150, 2)), matrix=np.zeros((150, 4), np.float32))
    draw(replace(clustering(), predictions=flat))
    draw(replace(projection(), predictions=replace(projection().predictions, coordinates=np.zeros((150, 2)))))


@pytest.mark.parametrize("names", [HOSTILE, JAPANESE], ids=["hostile", "japanese"])
def test_any_name_is_drawn_as_it_is(names: tuple[str, ...]) -> None:
    evaluation = replace(
        classification(names), champion=champion(names[0]), importances=importances(names), remarks=names
    )
    facts: dict[str, Any] = {"facts": {"learning_curve_metric": names[1]}}
    described = metadata(target=names[1], reference={"name": names[0], "classes": list(names)})
    for plot in (
        *draw_all(evaluation, card(**facts), described),
        *draw_all(classification((names[0], names[1])), card(), described),
        *draw_all(regression(), card("regression", **facts), described),
        *draw_all(clustering(), card("clustering"), described),
        *draw_all(projection(), card("dimensionality_reduction"), described),
    ):
        assert_readable(plot)
        assert "\n" not in plot.title + plot.caption


def test_names_without_a_font_are_numbered_and_spelled_out() -> None:
    letters = Lettering(families=("DejaVu Sans",))
    assert letters.show("species") == "species"
    assert letters.show("種類") == "[1]"
    assert letters.show("島") == "[2]"
    assert letters.show("種類") == "[1]"
    assert letters.note == "No installed font can draw these names: [1] 種類; [2] 島."


def test_without_a_japanese_font_the_caption_spells_the_names_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lettering, style):
        monkeypatch.setattr(module, "installed_families", lambda: ("DejaVu Sans",))
    plots = draw(classification(JAPANESE))
    assert "[1] アデリー; [2] ヒゲペンギン; [3] 種類①" in plots["confusion_matrix"].caption
    assert "No installed font" not in plots["calibration"].caption


def test_long_names_are_shortened_by_the_room_they_take() -> None:
    letters = Lettering(families=("DejaVu Sans",))
    assert letters.show("a" * 30, 10) == "a" * 9 + "…"
    assert letters.show("a\u202eb\n c\u0000") == "ab c"
    assert letters.show("  ") == "(empty)"
    assert letters.note == ""


def test_equal_input_gives_equal_bytes_and_leaves_matplotlib_as_it_was() -> None:
    before = dict(matplotlib.rcParams)
    level = logging.getLogger("matplotlib").level
    first, second = draw(classification()), draw(classification())
    assert {name: plot.png for name, plot in first.items()} == {name: plot.png for name, plot in second.items()}
    assert dict(matplotlib.rcParams) == before
    assert logging.getLogger("matplotlib").level == level


def test_settings_of_the_caller_do_not_show() -> None:
    expected = draw(regression())["residuals"].png
    with matplotlib.rc_context({"axes.facecolor": "pink", "font.size": 30, "text.parse_math": True}):
        assert draw(regression())["residuals"].png == expected
