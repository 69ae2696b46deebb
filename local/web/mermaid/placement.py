"""Where everything lies: positions across and along the layers, in pixels.

Place in the flow: between the layers and the drawing; it knows sizes, not shapes. Vertices that the heaviest ways join
become columns, which stay straight; the columns are set as far left and as far right as their gaps allow, averaged, and
then drawn towards what they are tied to. Nodes keep their gaps at every stage. One cost: a few sweeps, not the optimum.

Source: blocks and their compaction as by Brandes and Köpf (2002), with the heaviest instead of the median neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from local.web.mermaid.layering import Layers

NODE_GAP = 28.0
_SWEEPS = 80
_HEAVIEST = 1_000
Link = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Positions:
    """Centres of all vertices across the layers; where each layer begins and how deep it is; the whole extent."""

    across: tuple[float, ...]
    begins: tuple[float, ...]
    depths: tuple[float, ...]
    width: float
    length: float


def positions(layered: Layers, breadths: Sequence[float], depths: Sequence[float], gaps: Sequence[float]) -> Positions:
    """Place the vertices.

    Args:
        breadths: size across the layers of each node.
        depths: size along the layers of each node.
        gaps: room below each layer.
    """
    count = sum(len(layer) for layer in layered.order)
    sizes = [*breadths, *([0.0] * (count - layered.nodes))]
    across = _Columns(layered, sizes).across()
    left = min(x - size / 2 for x, size in zip(across, sizes, strict=True))
    across = [x - left for x in across]
    deep = [max((depths[v] for v in layer if v < layered.nodes), default=0.0) for layer in layered.order]
    begins = list(accumulate((d + g for d, g in zip(deep, gaps, strict=True)), initial=0.0))
    width = max(x + size / 2 for x, size in zip(across, sizes, strict=True))
    return Positions(tuple(across), tuple(begins[:-1]), tuple(deep), width, begins[-1] - gaps[-1])


class _Columns:
    """Vertices joined to columns, and the gaps between neighbouring columns."""

    def __init__(self, layered: Layers, sizes: Sequence[float]) -> None:
        self._layered = layered
        links = [link for path in layered.paths for link in pairwise(path)]
        weights = _weights(layered, links)
        joined = _joined(layered, links, weights)
        self._column = [0] * len(sizes)
        count = 0
        for layer in layered.order:
            for vertex in layer:
                if vertex in joined:
                    self._column[vertex] = self._column[joined[vertex]]
                else:
                    self._column[vertex] = count
                    count += 1
        self._left: list[dict[int, float]] = [{} for _ in range(count)]
        self._right: list[dict[int, float]] = [{} for _ in range(count)]
        for layer in layered.order:
            for a, b in pairwise(layer):
                gap = sizes[a] / 2 + NODE_GAP + sizes[b] / 2
                first, second = self._column[a], self._column[b]
                self._right[first][second] = max(gap, self._right[first].get(second, 0.0))
                self._left[second][first] = self._right[first][second]
        self._ties: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        for link, weight in zip(links, weights, strict=True):
            upper, lower = (self._column[vertex] for vertex in link)
            if upper != lower:
                self._ties[upper].append((lower, weight))
                self._ties[lower].append((upper, weight))

    def across(self) -> list[float]:
        """The place of each vertex."""
        order = list(self._sorted())
        leftmost = _furthest(order, self._left)
        rightmost = [-x for x in _furthest(order[::-1], self._right)]
        shift = max(leftmost, default=0.0) - max(rightmost, default=0.0)
        places = [(a + b + shift) / 2 for a, b in zip(leftmost, rightmost, strict=True)]
        for sweep in range(_SWEEPS):
            for column in order if sweep % 2 else reversed(order):
                places[column] = self._drawn(column, places)
        return [places[column] for column in self._column]

    def _drawn(self, column: int, places: Sequence[float]) -> float:
        """As near to what it is tied to as its neighbours let it."""
        ties = self._ties[column]
        if not ties:
            return places[column]
        wanted = sum(places[other] * weight for other, weight in ties) / sum(weight for _, weight in ties)
        low = max((places[other] + gap for other, gap in self._left[column].items()), default=wanted)
        high = min((places[other] - gap for other, gap in self._right[column].items()), default=wanted)
        return min(max(wanted, low), max(low, high))

    def _sorted(self) -> Iterator[int]:
        """Every column after all that lie left of it."""
        waiting = [len(left) for left in self._left]
        ready = [column for column, count in enumerate(waiting) if count == 0]
        while ready:
            column = ready.pop()
            yield column
            for right in self._right[column]:
                waiting[right] -= 1
                if waiting[right] == 0:
                    ready.append(right)


def _furthest(order: Sequence[int], before: Sequence[dict[int, float]]) -> list[float]:
    places = [0.0] * len(before)
    for column in order:
        places[column] = max((places[other] + gap for other, gap in before[column].items()), default=0.0)
    return places


def _weights(layered: Layers, links: Sequence[Link]) -> list[float]:
    """Long edges weigh most, then links by how much hangs below them."""
    below: dict[int, list[int]] = {}
    for upper, lower in links:
        below.setdefault(upper, []).append(lower)
    hanging = [0] * sum(len(layer) for layer in layered.order)
    for layer in reversed(layered.order):
        for vertex in layer:
            hanging[vertex] = min(sum(1 + hanging[lower] for lower in below.get(vertex, ())), _HEAVIEST)
    inner = [upper >= layered.nodes and lower >= layered.nodes for upper, lower in links]
    return [
        float(_HEAVIEST + 1) if within else 1.0 + hanging[lower]
        for (_, lower), within in zip(links, inner, strict=True)
    ]


def _joined(layered: Layers, links: Sequence[Link], weights: Sequence[float]) -> dict[int, int]:
    """Lower vertex -> the upper one that it stands straight below; no two of these ways cross."""
    place = {vertex: x for layer in layered.order for x, vertex in enumerate(layer)}
    rank = {vertex: at for at, layer in enumerate(layered.order) for vertex in layer}
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    ways: dict[int, list[Link]] = {}
    for index in sorted(range(len(links)), key=lambda i: -weights[i]):
        upper, lower = links[index]
        if upper in taken or lower in chosen:
            continue
        beside = ways.setdefault(rank[upper], [])
        if all((place[a] < place[upper]) == (place[b] < place[lower]) for a, b in beside):
            chosen[lower] = upper
            taken.add(upper)
            beside.append((upper, lower))
    return chosen
