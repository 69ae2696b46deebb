"""The preparation of benchmarks.mixed_data as it is usually written: pandas and scikit-learn's ColumnTransformer.

Command: `python -m benchmarks.preparation_pandas FILE FOLDER`; started by benchmarks.preparation. Prints one line of
JSON: rows of each part and features. Same outputs as PrepareData: two matrices, and the test part as it was read.
Cost: that of the approach; nothing here is slow on purpose.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.mixed_data import DATE, IDENTIFIER, TARGET, MixedData


def main() -> None:
    """FILE FOLDER."""
    folder = Path(sys.argv[2])
    table = pd.read_csv(sys.argv[1], parse_dates=[DATE]).drop(columns=[IDENTIFIER])
    target = (table.pop(TARGET) == "yes").astype("int32")
    train, test, y_train, y_test = train_test_split(table, target, test_size=0.2, stratify=target, random_state=42)
    train, validation, y_train, y_validation = train_test_split(
        train, y_train, test_size=0.125, stratify=y_train, random_state=42
    )

    names = MixedData()
    dates = [f"{DATE}_{part}" for part in ("year", "month", "day", "weekday")]
    preparation = ColumnTransformer(
        [
            ("number", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), [*names.numeric, *dates]),
            (
                "category",
                OneHotEncoder(min_frequency=0.01, handle_unknown="infrequent_if_exist", sparse_output=False),
                list(names.categorical),
            ),
        ]
    ).set_output(transform="pandas")
    x_train = preparation.fit_transform(with_date_parts(train))
    x_validation = preparation.transform(with_date_parts(validation))

    x_train.assign(__target__=y_train).to_parquet(folder / "train.parquet", index=False)
    x_validation.assign(__target__=y_validation).to_parquet(folder / "validation.parquet", index=False)
    test.assign(__target__=y_test).to_parquet(folder / "test.parquet", index=False)
    rows = {"train": len(x_train), "validation": len(x_validation), "test": len(test)}
    print(json.dumps({"rows": rows, "features": x_train.shape[1]}))


def with_date_parts(table: pd.DataFrame) -> pd.DataFrame:
    """The date as four numbers."""
    date = table[DATE].dt
    return table.drop(columns=[DATE]).assign(
        **{
            f"{DATE}_year": date.year,
            f"{DATE}_month": date.month,
            f"{DATE}_day": date.day,
            f"{DATE}_weekday": date.day_of_week,
        }
    )


if __name__ == "__main__":
    main()
