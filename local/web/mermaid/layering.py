"""Which layer each node lies in, and in which order: longest paths, dummies on long edges, few crossings.

Place in the flow: between the chart and its positions. Pure, deterministic. One cost: the order is a heuristic's; a
drawing with fewer crossings may exist.

Source: Sugiyama, Tagawa, Toda (1981); barycentre heuristic with a memory of the best order.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from local.web.mermaid.chart import NotAFlowchartError

MAX_VERTICES = 3_000
_SWEEPS = 12
Link = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layers:
    """Vertices in layers.

    Attributes:
        order: the vertices of each layer from left to right; those from `nodes` on are dummies.
        paths: for each edge, the vertices it passes from the upper to the lower end; empty for a loop.
        reversed: whether the edge runs against its path.
    """

    nodes: int
    order: tuple[tuple[int, ...], ...]
    paths: tuple[tuple[int, ...], ...]
    reversed: tuple[bool, ...]


def layers(nodes: int, edges: Sequence[Link]) -> Layers:
    """Arrange `nodes` vertices that `edges` connect.

    Raises:
        NotAFlowchartError: long edges would need too many dummies.
    """
    back = _back_edges(nodes, edges)
    down = [(b, a) if turned else (a, b) for (a, b), turned in zip(edges, back, strict=True)]
    ranks = _ranks(nodes, [link for link in down if link[0] != link[1]])
    paths: list[tuple[int, ...]] = []
    for upper, lower in down:
        between = range(ranks[upper] + 1, ranks[lower])
        dummies = range(len(ranks), len(ranks) + len(between))
        ranks.extend(between)
        if len(ranks) > MAX_VERTICES:
            raise NotAFlowchartError("too many long edges")
        paths.append(() if upper == lower else (upper, *dummies, lower))
    order = _ordered(ranks, paths)
    return Layers(nodes, tuple(map(tuple, order)), tuple(paths), tuple(back))


def _back_edges(nodes: int, edges: Sequence[Link]) -> list[bool]:
    """The edges that close a cycle, found depth first."""
    leaving: list[list[int]] = [[] for _ in range(nodes)]
    for index, (source, _) in enumerate(edges):
        leaving[source].append(index)
    back = [False] * len(edges)
    state = [0] * nodes  # 1 on the present path, 2 done
    for start in range(nodes):
        if state[start]:
            continue
        state[start] = 1
        path = [(start, iter(leaving[start]))]
        while path:
            vertex, rest = path[-1]
            index = next(rest, -1)
            if index < 0:
                state[vertex] = 2
                path.pop()
                continue
            target = edges[index][1]
            if state[target] == 1:
                back[index] = target != vertex
            elif state[target] == 0:
                state[target] = 1
                path.append((target, iter(leaving[target])))
    return back


def _ranks(nodes: int, links: Sequence[Link]) -> list[int]:
    """Longest path from the top; what nothing points at comes down to just above its first successor."""
    below: list[list[int]] = [[] for _ in range(nodes)]
    waiting = [0] * nodes
    for upper, lower in links:
        below[upper].append(lower)
        waiting[lower] += 1
    roots = [vertex for vertex in range(nodes) if waiting[vertex] == 0]
    ranks, ready = [0] * nodes, list(roots)
    while ready:
        vertex = ready.pop()
        for lower in below[vertex]:
            ranks[lower] = max(ranks[lower], ranks[vertex] + 1)
            waiting[lower] -= 1
            if waiting[lower] == 0:
                ready.append(lower)
    for root in roots:
        if below[root]:
            ranks[root] = min(ranks[lower] for lower in below[root]) - 1
    return ranks


def _ordered(ranks: Sequence[int], paths: Sequence[Sequence[int]]) -> list[list[int]]:
    upward: list[list[int]] = [[] for _ in ranks]
    downward: list[list[int]] = [[] for _ in ranks]
    for path in paths:
        for upper, lower in pairwise(path):
            downward[upper].append(lower)
            upward[lower].append(upper)
    order = _first_order(ranks, downward)
    best, fewest = order, _crossings(order, downward)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        order = [list(layer) for layer in order]
        falling = sweep % 2 == 0
        neighbours = upward if falling else downward
        for at in range(1, len(order)) if falling else range(len(order) - 2, -1, -1):
            place = {vertex: x for x, vertex in enumerate(order[at - 1 if falling else at + 1])}
            order[at] = _by_barycentre(order[at], neighbours, place)
        crossings = _crossings(order, downward)
        if crossings < fewest:
            best, fewest = order, crossings
    return best


def _first_order(ranks: Sequence[int], downward: Sequence[Sequence[int]]) -> list[list[int]]:
    """Depth first, so that what belongs together begins side by side."""
    order: list[list[int]] = [[] for _ in range(max(ranks) + 1)]
    seen = [False] * len(ranks)
    for start in sorted(range(len(ranks)), key=lambda vertex: ranks[vertex]):
        waiting = [start]
        while waiting:
            vertex = waiting.pop()
            if not seen[vertex]:
                seen[vertex] = True
                order[ranks[vertex]].append(vertex)
                waiting.extend(reversed(downward[vertex]))
    return order


def _by_barycentre(layer: Sequence[int], neighbours: Sequence[Sequence[int]], place: dict[int, int]) -> list[int]:
    """Sorted by the mean place of the neighbours; what has none keeps its place among the others."""
    weights = {v: sum(place[n] for n in neighbours[v]) / len(neighbours[v]) for v in layer if neighbours[v]}
    movable = iter(sorted(weights, key=lambda vertex: weights[vertex]))
    return [next(movable) if vertex in weights else vertex for vertex in layer]


def _crossings(order: Sequence[Sequence[int]], downward: Sequence[Sequence[int]]) -> int:
    total = 0
    for upper, lower in pairwise(order):
        place = {vertex: x for x, vertex in enumerate(lower)}
        ends: list[int] = []
        for vertex in upper:
            targets = sorted(place[target] for target in downward[vertex])
            total += sum(len(ends) - bisect_right(ends, target) for target in targets)
            for target in targets:
                insort(ends, target)
    return total
