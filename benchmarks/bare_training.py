"""The bare library on the matrices that TrainModel gets: what someone would write without this project.

Command: `python -m benchmarks.bare_training ALGORITHM FOLDER HYPERPARAMETERS`; started by benchmarks.training_overhead.
FOLDER holds train/ and, for supervised algorithms, validation/. Prints one line of JSON: seconds for importing the
library, for reading and for fitting. Nothing is stored and nothing is scored.
Cost: that of the libraries.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

SEED = 42
TARGET = "__target__"


def random_forest(folder: Path, values: Mapping[str, Any]) -> Callable[[], object]:
    """scikit-learn's classifier on all cores."""
    from sklearn.ensemble import RandomForestClassifier

    x, y = read(folder / "train")
    return lambda: RandomForestClassifier(n_jobs=-1, random_state=SEED, **values).fit(x, y)


def kmeans(folder: Path, values: Mapping[str, Any]) -> Callable[[], object]:
    """scikit-learn's K-Means."""
    from sklearn.cluster import KMeans

    x, _ = read(folder / "train")
    return lambda: KMeans(random_state=SEED, **values).fit(x)


def xgboost(folder: Path, values: Mapping[str, Any]) -> Callable[[], object]:
    """XGBoost's scikit-learn interface, the validation part scored after each tree."""
    from xgboost import XGBClassifier

    x, y = read(folder / "train")
    x_validation, y_validation = read(folder / "validation")
    model = XGBClassifier(n_jobs=-1, random_state=SEED, **values)
    return lambda: model.fit(x, y, eval_set=[(x_validation, y_validation)], verbose=False)


def neural_network(folder: Path, values: Mapping[str, Any]) -> Callable[[], object]:
    """A plain PyTorch loop: shuffled batches, AdamW, the validation loss after each epoch."""
    import torch
    from torch import nn

    torch.manual_seed(SEED)
    x, y = (torch.from_numpy(part) for part in read(folder / "train"))
    x_validation, y_validation = (torch.from_numpy(part) for part in read(folder / "validation"))
    layers: list[nn.Module] = []
    width = x.shape[1]
    for units in values["hidden_layer_sizes"]:
        layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(values["dropout"])]
        width = units
    model = nn.Sequential(*layers, nn.Linear(width, int(y.max()) + 1))
    rate, decay = values["learning_rate"], values["weight_decay"]
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    loss = nn.CrossEntropyLoss()

    def fit() -> None:
        for _ in range(values["epochs"]):
            model.train()
            for rows in torch.split(torch.randperm(len(x)), values["batch_size"]):
                optimizer.zero_grad()
                loss(model(x[rows]), y[rows]).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                loss(model(x_validation), y_validation).item()

    return fit


FITS: Mapping[str, Callable[[Path, Mapping[str, Any]], Callable[[], object]]] = {
    "random_forest": random_forest,
    "xgboost": xgboost,
    "kmeans": kmeans,
    "neural_network": neural_network,
}
LIBRARIES = {
    "random_forest": "sklearn.ensemble",
    "xgboost": "xgboost.sklearn",
    "kmeans": "sklearn.cluster",
    "neural_network": "torch",
}


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """(rows, features) Float32 and (rows,) Int64; zeros where there is no target."""
    table = pl.read_parquet(folder / "*.parquet")
    y = table[TARGET].to_numpy() if TARGET in table.columns else np.zeros(table.height)
    x = table.drop(TARGET, strict=False).cast(pl.Float32).to_numpy()
    return np.ascontiguousarray(x), y.astype(np.int64)


def main() -> None:
    """ALGORITHM FOLDER HYPERPARAMETERS."""
    _, algorithm, folder, hyperparameters = sys.argv
    started = time.perf_counter()
    importlib.import_module(LIBRARIES[algorithm])
    imported = time.perf_counter()
    fit = FITS[algorithm](Path(folder), json.loads(hyperparameters))
    read_at = time.perf_counter()
    fit()
    done = time.perf_counter()
    seconds = {"import": imported - started, "read": read_at - imported, "fit": done - read_at}
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
