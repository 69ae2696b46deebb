"""One finished picture, and what a drawer is given to make it.

Between draw_all and the modules that draw. A drawer is a function of Source that returns a Plot, or None where the
evaluation does not hold what it shows. Cost: the PNG stays in memory, some 20 kB each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from steps.evaluation.evaluation import Evaluation
from steps.evaluation.plots.lettering import Lettering


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with the words that belong to it.

    Attributes:
        name: file name without ending; letters, digits and underscores.
        title: what there is to see, in one line; it also stands in the picture.
        caption: how to read it; plain text that may hold names from the data.
        png: the picture.
    """

    name: str
    title: str
    caption: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """What a drawer draws from; its names pass through ``lettering`` on their way into the picture."""

    evaluation: Evaluation
    card: Mapping[str, Any]
    metadata: Mapping[str, Any]
    lettering: Lettering = field(default_factory=Lettering)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the trainer derived from the data."""
        facts = self.card.get("facts")
        return facts if isinstance(facts, Mapping) else {}

    @property
    def target(self) -> str:
        """The target's name, drawable and short."""
        return self.lettering.show(self.metadata.get("target") or "target")

    def class_name(self, index: int) -> str:
        """A class, drawable and short."""
        classes = self.evaluation.classes or ()
        return self.lettering.show(classes[index] if index < len(classes) else index)

    def class_label(self, index: int) -> str:
        """A class of a binary problem, such as "survived = 1"."""
        return f"{self.target} = {self.class_name(index)}"

    def metric(self, name: str) -> float:
        """A metric's value; NaN where it was not measured."""
        measured = self.evaluation.metrics.get(name)
        return float("nan") if measured is None else measured.value


Drawer = Callable[[Source], Plot | None]
