"""The data sets that scores are measured on: file, target and the columns that the listed baselines left out.

Read by benchmarks.scores. A row names what to learn; the files themselves are given by a folder, because their licences
do not let this repository carry them. One cost: the clustering sets are rows of the folder's baselines_clustering.csv.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

SUPERVISED, UNSUPERVISED = "supervised", "unsupervised"


@dataclass(frozen=True, slots=True)
class LearningSet:
    """One thing to learn from one file.

    Attributes:
        file: below the data folder.
        target: the column to predict; of unsupervised sets the reference labels.
        drop: columns that the baselines left out: leaks, duplicates of the target, free text.
        clusters: the number of clusters that is known, for K-Means.
        slow: left out by --quick.
    """

    name: str
    file: str
    target: str
    task_type: str
    drop: tuple[str, ...] = ()
    clusters: int | None = None
    slow: bool = False

    @property
    def learning_type(self) -> str:
        """As data_config.json names it."""
        return SUPERVISED if self.task_type in ("classification", "regression") else UNSUPERVISED


_AFTER_LANDING = ("arr_time", "air_time")
_NOT_USED_OF_FLIGHTS = ("year", "dep_time", "flight", "tailnum", "time_hour", *_AFTER_LANDING)
_FLIGHTS = "flights/flights.parquet"
_WINE = "wine_quality/wine_red_white.csv"
SUPERVISED_SETS = (
    LearningSet("penguins", "penguins/penguins.csv", "species", "classification"),
    LearningSet("titanic", "titanic/titanic.csv", "survived", "classification", drop=("alive",)),
    LearningSet("wine_quality_clf", _WINE, "quality", "classification"),
    LearningSet("bank_marketing", "bank_marketing/bank.csv", "deposit", "classification"),
    LearningSet("bank_marketing_noduration", "bank_marketing/bank.csv", "deposit", "classification", ("duration",)),
    LearningSet("adult", "adult/adult.csv", "income", "classification", slow=True),
    LearningSet(
        "flights_late", _FLIGHTS, "late", "classification", (*_NOT_USED_OF_FLIGHTS, "dep_delay", "arr_delay"), slow=True
    ),
    LearningSet("mpg", "mpg/mpg.csv", "mpg", "regression", drop=("name",)),
    LearningSet("wine_red", "wine_quality/winequality-red.csv", "quality", "regression"),
    LearningSet("abalone", "abalone/abalone.csv", "rings", "regression"),
    LearningSet("wine_quality", _WINE, "quality", "regression"),
    LearningSet("california_housing", "california_housing/housing.csv", "median_house_value", "regression"),
    LearningSet("diamonds", "diamonds/diamonds.csv", "price", "regression"),
    LearningSet("flights", _FLIGHTS, "arr_delay", "regression", _NOT_USED_OF_FLIGHTS, slow=True),
)
SEEDS = ("seeds", "seeds/seeds.csv", "variety")


def learning_sets(data: Path) -> list[LearningSet]:
    """Every set of the folder, supervised ones first."""
    clusterings = []
    for row in pl.read_csv(data / "baselines_clustering.csv").iter_rows(named=True):
        name = str(row["dataset"])
        _, file, reference = SEEDS if name == SEEDS[0] else (name, f"clustering_shapes/{name}.csv", "label")
        clusterings.append(LearningSet(name, file, reference, "clustering", clusters=int(row["k"])))
    projection = LearningSet(*SEEDS, task_type="dimensionality_reduction")
    return [*SUPERVISED_SETS, *clusterings, projection]


def data_file(data: Path, learning: LearningSet, folder: Path) -> Path:
    """The set's file; one made in ``folder`` where the target has to be derived."""
    file = data / learning.file
    if learning.name != "flights_late":
        return file
    made = folder / "flights_late.parquet"
    if not made.exists():
        pl.read_parquet(file).with_columns(late=pl.col("arr_delay") > 15).write_parquet(made)
    return made
