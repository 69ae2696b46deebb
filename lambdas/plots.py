"""The pictures of an evaluation: which ones a comment shows, where they lie in S3 and in the repository.

Place in the flow: history_writer reads them from S3 and commits them, the notification shows the committed ones. One
cost: a picture that is missing, too large or no PNG is left out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from lambdas.objects import read_within

MAX_BYTES = 500_000
MOST_SHOWN = 3
# What tells most about a model comes first; no task has them all.
SHOWN = (
    "confusion_matrix", "roc_curve", "precision_recall",
    "predicted_actual", "residuals",
    "cluster_map", "silhouette",
    "projection", "explained_variance",
    "permutation_importance",
)  # fmt: skip
_TITLES = {
    "roc_curve": "ROC curve",
    "precision_recall": "Precision and recall",
    "predicted_actual": "Predicted against actual",
    "champion": "New model and the model in place",
}
_PNG = b"\x89PNG\r\n\x1a\n"
_PERMANENT = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9._/-]+/blob/[0-9a-f]{40}/[A-Za-z0-9._/-]+\.md\Z")


def read_plots(s3: Any, evaluation_uri: str, names: Iterable[str]) -> dict[str, bytes]:
    """The PNG files beside evaluation.json, by name."""
    folder = evaluation_uri.rpartition("/")[0]
    found = {name: read_within(s3, f"{folder}/plots/{name}.png", MAX_BYTES) for name in names} if folder else {}
    return {name: data for name, data in found.items() if data is not None and data.startswith(_PNG)}


def title(name: str) -> str:
    """`ROC curve` of roc_curve."""
    return _TITLES.get(name, name.replace("_", " ").strip().capitalize())


def image(name: str, address: str) -> str:
    """A picture in Markdown. The address must be safe."""
    return f"![{title(name)}]({address})"


def shown_images(history_url: str, names: Sequence[str]) -> list[str]:
    """The most telling of the committed pictures, by addresses that hold for ever.

    Args:
        history_url: of the history file at a commit: https://HOST/OWNER/NAME/blob/SHA/training_history/JOB.md.
        names: pictures that lie in the folder beside it.
    """
    if not is_permanent(history_url):
        return []
    folder = history_url.removesuffix(".md")
    chosen = [name for name in SHOWN if name in names][:MOST_SHOWN]
    return [image(name, f"{folder}/{quote(name)}.png?raw=true") for name in chosen]


def is_permanent(history_url: str) -> bool:
    """Whether this is the address of a Markdown file at a commit, and nothing that could be markup."""
    return _PERMANENT.match(history_url) is not None
