"""preprocessing_config: what an issue may say about the preparation of its data.

Place in the flow: `contracts.fields` checks an issue's block with these rows, PrepareData fills in the defaults. One
cost: a new setting is a row here and a field of `steps.processing.settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.field_rows import (
    FieldRow,
    flag,
    integer_in,
    list_of_names,
    mapping_of,
    number_in,
    one_of,
    text_up_to,
    words_row,
)
from contracts.findings import Finding
from contracts.hyperparameters import shown

IMPUTATIONS = ("median", "mean", "most_frequent", "constant")
CATEGORICAL_IMPUTATIONS = ("missing_level", "most_frequent", "constant")
SCALINGS = ("standard", "min_max", "robust", "none")
ENCODINGS = ("auto", "one_hot", "ordinal", "target")
TRANSFORMS = ("none", "log1p", "yeo_johnson")
SPLITS = ("random", "stratified", "group", "time")
COLUMN_TYPES = ("numeric", "categorical", "date", "ignore")
DATE_PARTS = ("year", "quarter", "month", "week", "day", "weekday", "hour", "minute", "is_weekend", "elapsed_days")
MAX_PAIRS = 100
_NAME = text_up_to(256)


def _pairs(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_PAIRS
        and all(isinstance(pair, list) and len(pair) == 2 and all(map(_NAME, pair)) for pair in value)
    )


def _date_features(value: Any) -> bool:
    return value in ("auto", "none") or (
        isinstance(value, list) and 0 < len(value) <= len(DATE_PARTS) and all(one_of(DATE_PARTS)(v) for v in value)
    )


def _class_weights(value: Any) -> bool:
    return value in ("none", "balanced") or mapping_of(number_in(1e-6, 1e6))(value)


def _fill(value: Any) -> bool:
    return number_in(-1e300, 1e300)(value) or _NAME(value)


# What a single column may override, below `columns`.
COLUMN_FIELDS: tuple[FieldRow, ...] = (
    words_row("imputation", tuple(dict.fromkeys((*IMPUTATIONS, *CATEGORICAL_IMPUTATIONS)))),
    words_row("scaling", SCALINGS),
    words_row("encoding", ENCODINGS),
    words_row("transform", TRANSFORMS),
    FieldRow("fill_value", _fill, "a number, or text for a category"),
    FieldRow("outlier_clipping", number_in(0.0, 0.25), "a number in [0, 0.25]"),
    FieldRow("bins", integer_in(2, 100), "an integer in [2, 100]"),
    FieldRow("missing_indicator", flag, "true or false"),
    FieldRow("levels", list_of_names(1000), "a list of levels, from the lowest to the highest"),
)
MISSING_VALUES = FieldRow(
    "missing_values",
    lambda v: isinstance(v, list) and len(v) <= 100 and all(map(_fill, v)),
    "a list of at most 100 numbers or texts that mean missing",
)
PREPROCESSING_FIELDS: tuple[FieldRow, ...] = (
    words_row("split", SPLITS),
    FieldRow("test_size", number_in(0.05, 0.5), "a number in [0.05, 0.5]"),
    FieldRow("validation_size", number_in(0.0, 0.4), "a number in [0, 0.4]"),
    FieldRow("group_column", _NAME, "the name of a column"),
    FieldRow("time_column", _NAME, "the name of a column"),
    FieldRow("cross_validation_folds", integer_in(2, 20), "an integer in [2, 20]"),
    words_row("numeric_imputation", IMPUTATIONS),
    words_row("categorical_imputation", CATEGORICAL_IMPUTATIONS),
    FieldRow(
        "missing_indicator", lambda v: v == "auto" or flag(v), "true, false or auto", words=("auto",)
    ),
    MISSING_VALUES,
    words_row("scaling", SCALINGS),
    words_row("encoding", ENCODINGS),
    FieldRow("rare_level_fraction", number_in(0.0, 0.5), "a number in [0, 0.5]"),
    FieldRow("max_levels", integer_in(1, 1000), "an integer in [1, 1000]"),
    words_row("transform", (*TRANSFORMS, "auto")),
    words_row("target_transform", TRANSFORMS),
    FieldRow("outlier_clipping", number_in(0.0, 0.25), "a number in [0, 0.25]"),
    FieldRow(
        "date_features", _date_features, f"auto, none, or a list out of {', '.join(DATE_PARTS)}", words=("auto", "none")
    ),
    FieldRow("interactions", _pairs, f"a list of at most {MAX_PAIRS} pairs of column names, such as [[a, b]]"),
    FieldRow("class_weights", _class_weights, "none, balanced, or a mapping of classes to weights"),
    FieldRow("drop_columns", list_of_names(1000), "a list of at most 1,000 column names"),
    FieldRow("keep_columns", list_of_names(1000), "a list of at most 1,000 column names"),
    FieldRow("drop_duplicates", flag, "true or false"),
    FieldRow(
        "column_types", mapping_of(one_of(COLUMN_TYPES)), f"a mapping of columns to one of {', '.join(COLUMN_TYPES)}"
    ),
    FieldRow("columns", mapping_of(lambda v: isinstance(v, dict)), "a mapping of columns to settings of their own"),
    FieldRow("column_names", list_of_names(10_000), "a list of column names, for files without a header"),
    FieldRow("has_header", flag, "true or false"),
    words_row("separator", (",", ";", "tab", "|")),
    FieldRow("file_encoding", text_up_to(40), "the name of a text encoding, such as shift_jis"),
    FieldRow("max_memory_mb", integer_in(512, 10_000_000), "an integer, 512 or more"),
)  # fmt: skip
CheckRows = Callable[[Mapping[str, Any], tuple[FieldRow, ...], tuple[str, ...]], dict[str, Any]]


def check_preprocessing(
    values: Mapping[str, Any], target: str | None, supervised: bool, check_rows: CheckRows
) -> tuple[dict[str, Any], list[Finding]]:
    """What is usable, and settings that are right each on its own and wrong together.

    Args:
        check_rows: checks a mapping against rows and keeps the findings (see `contracts.fields`).
    """
    path = ("preprocessing_config",)
    good = check_rows(values, PREPROCESSING_FIELDS, path)
    if "columns" in good:
        good["columns"] = {
            name: check_rows(settings, COLUMN_FIELDS, (*path, "columns", name))
            for name, settings in good["columns"].items()
        }
    findings: list[Finding] = []

    def wrong(field: str, text: str) -> None:
        findings.append(Finding(f"preprocessing_config.{field}", f"preprocessing_config.{field} {text}"))

    if target is not None and target in good.get("drop_columns", ()):
        wrong("drop_columns", f"holds the target {shown(target)}; remove it there.")
    both = sorted(set(good.get("drop_columns", ())) & set(good.get("keep_columns", ())))
    if both:
        wrong("drop_columns", f"and keep_columns both name {shown(both[0])}; remove it from one.")
    for split in ("group", "time"):
        asked, column = good.get("split") == split, f"{split}_column" in good
        if asked and not column:
            wrong(f"{split}_column", f"is missing; split {split} needs it.")
        if column and not asked:
            wrong(f"{split}_column", f"is for split {split} only; add 'split: {split}' or remove it.")
    if good.get("test_size", 0.2) + good.get("validation_size", 0.1) > 0.8:
        wrong("test_size", "and validation_size together must leave 20 % of the rows for training; lower one of them.")
    if not supervised:
        for name in ("class_weights", "target_transform"):
            if good.get(name, "none") != "none":
                wrong(name, "needs a target to learn from; remove it.")
        if good.get("encoding") == "target":
            wrong("encoding", "target needs a target to learn from; use one_hot or ordinal.")
        if "cross_validation_folds" in good:
            wrong("cross_validation_folds", "needs a target to learn from; remove it.")
        if good.get("split") == "stratified":
            wrong("split", "stratified needs a target to learn from; use random.")
    return good, findings
