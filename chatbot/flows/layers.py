"""Lays out a graph in layers: boxes from top to bottom, arrows as curves between them, labels where nothing else is.

Sugiyama's way: arrows that lead back are turned round, a box stands below all that lead to it (longest path), each
layer is ordered by the barycentre of its neighbours, and then placed as near to them as the room allows. A label, and
every bend of a long arrow, is an item of a layer like a box, so nothing is ever drawn over another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

GAP = 24.0
"""Between two layers: the room in which an arrow turns."""
SPACE = 18.0
"""Between two neighbours of a layer."""
PORT = 22.0
"""Between two arrows on one side of a box, at most."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Size:
    """How much room something takes. Arrows meet the middle of its ``body``, the left part of ``width``."""

    width: float
    height: float
    body: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow from one box to another, with the size of its label."""

    source: str
    target: str
    label: Size


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything goes: the upper left corner of each box, and for each link its points and its label's middle."""

    size: Size
    corners: dict[str, Point]
    routes: list[tuple[list[Point], Point]]


@dataclass(eq=False, slots=True)
class _Item:
    """A box, a label or a bend. ``x`` is where arrows meet it, ``left`` and ``right`` how far it reaches from there."""

    left: float
    right: float
    height: float
    x: float = 0.0
    above: list[_Item] = field(default_factory=list)
    below: list[_Item] = field(default_factory=list)
    threads: list[_Thread] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class _Thread:
    """An arrow as an upright line at ``x``, to which its bends hold twice as fast as the boxes at its ends."""

    upper: _Item
    bends: list[_Item]
    lower: _Item
    label: _Item
    x: float = 0.0

    @property
    def items(self) -> list[_Item]:
        """All of it, from top to bottom."""
        return [self.upper, *self.bends, self.lower]

    def settle(self) -> None:
        """Move to where all that hold to it pull it."""
        pull = 2 * sum(bend.x for bend in self.bends) + self.upper.x + self.lower.x
        self.x = pull / (2 * len(self.bends) + 2)


def lay_out(boxes: Mapping[str, Size], links: Sequence[Link]) -> Plan:
    """Place ``boxes``, the first of them at the top, and lead ``links`` between them. No link may lead to itself."""
    items = {name: _item(size) for name, size in boxes.items()}
    back = _leading_back(list(boxes), links)
    ranks = _ranks(
        list(boxes), [(b, a) if turned else (a, b) for (a, b), turned in zip(_ends(links), back, strict=True)]
    )
    layers: list[list[_Item]] = [[] for _ in range(2 * max(ranks.values()) + 1)]
    for name, item in items.items():
        layers[2 * ranks[name]].append(item)
    threads = []
    for link, turned in zip(links, back, strict=True):
        upper, lower = (link.target, link.source) if turned else (link.source, link.target)
        between = layers[2 * ranks[upper] + 1 : 2 * ranks[lower]]
        threads.append(_thread(items[upper], items[lower], between, link.label, turned=turned))
    layers = _ordered(layers)
    _place(layers, threads)
    return _plan(items, layers, threads, back)


def _item(size: Size) -> _Item:
    middle = (size.body or size.width) / 2
    return _Item(middle, size.width - middle, size.height)


def _ends(links: Sequence[Link]) -> list[tuple[str, str]]:
    return [(link.source, link.target) for link in links]


def _leading_back(names: list[str], links: Sequence[Link]) -> list[bool]:
    """Tell for each link whether it closes a circle: it leads to a box that one comes from."""
    targets: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        targets[link.source].append(link.target)
    left: set[str] = set()
    path: dict[str, None] = {}
    circles: set[tuple[str, str]] = set()

    def visit(name: str) -> None:
        path[name] = None
        for target in targets[name]:
            if target in path:
                circles.add((name, target))
            elif target not in left:
                visit(target)
        del path[name]
        left.add(name)

    for name in names:
        if name not in left:
            visit(name)
    return [ends in circles for ends in _ends(links)]


def _ranks(names: list[str], ends: list[tuple[str, str]]) -> dict[str, int]:
    """Give each box its rank: one below the lowest that leads to it, and one above what it leads to if none does."""
    ranks = dict.fromkeys(names, 0)
    for _ in names:
        for upper, lower in ends:
            ranks[lower] = max(ranks[lower], ranks[upper] + 1)
    led = {lower for _, lower in ends}
    for name in names[1:]:
        below = [ranks[lower] for upper, lower in ends if upper == name]
        if name not in led and below:
            ranks[name] = min(below) - 1
    return ranks


def _thread(upper: _Item, lower: _Item, between: list[list[_Item]], label: Size, *, turned: bool) -> _Thread:
    """Make the items of a link in the layers between its boxes; the label is that next to where the arrow starts."""
    bends = [_item(Size(2, 0)) for _ in between]
    place = len(bends) - 1 if turned else 0
    bends[place] = _item(label)
    thread = _Thread(upper, bends, lower, bends[place])
    for layer, bend in zip(between, bends, strict=True):
        layer.append(bend)
    for item in thread.items:
        item.threads.append(thread)
    for one, other in pairwise(thread.items):
        one.below.append(other)
        other.above.append(one)
    return thread


def _ordered(layers: list[list[_Item]]) -> list[list[_Item]]:
    """Order each layer so that few arrows cross: sweeps down and up by barycentre, of which the best is kept."""
    best, fewest = layers, _crossings(layers)
    now = [list(layer) for layer in layers]
    for sweep in range(24):
        down = sweep % 2 == 0
        for layer in now if down else reversed(now):
            places = {id(item): place for one in now for place, item in enumerate(one)}

            def barycentre(item: _Item, down: bool = down, places: dict[int, int] = places) -> float:
                near = item.above if down else item.below
                return sum(places[id(one)] for one in near) / len(near) if near else places[id(item)]

            layer.sort(key=barycentre)
        if (crossed := _crossings(now)) < fewest:
            best, fewest = [list(layer) for layer in now], crossed
    return best


def _crossings(layers: list[list[_Item]]) -> int:
    places = {id(item): place for layer in layers for place, item in enumerate(layer)}
    count = 0
    for layer in layers:
        lines = [(place, places[id(below)]) for place, item in enumerate(layer) for below in item.below]
        count += sum(a < c and b > d for a, b in lines for c, d in lines)
    return count


def _place(layers: list[list[_Item]], threads: list[_Thread]) -> None:
    """Give every item its ``x``: as near to its arrows as those beside it allow. Each sweep shortens the whole."""
    for sweep in range(200):
        for thread in threads:
            thread.settle()
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            for item, x in zip(layer, _apart(layer), strict=True):
                item.x = x


def _apart(layer: list[_Item]) -> list[float]:
    """Give the places nearest to the arrows at which the items stand apart and in order (pool adjacent violators)."""
    offsets = list(accumulate((one.right + SPACE + other.left for one, other in pairwise(layer)), initial=0.0))
    pools: list[tuple[float, float, int]] = []
    for item, offset in zip(layer, offsets, strict=True):
        wanted = [thread.x for thread in item.threads] or [item.x]
        total, weight, count = sum(wanted) - offset * len(wanted), float(len(wanted)), 1
        while pools and pools[-1][0] / pools[-1][1] >= total / weight:
            more, heavier, others = pools.pop()
            total, weight, count = total + more, weight + heavier, count + others
        pools.append((total, weight, count))
    places = [total / weight for total, weight, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=True)]


def _plan(items: dict[str, _Item], layers: list[list[_Item]], threads: list[_Thread], back: list[bool]) -> Plan:
    left = min(item.x - item.left for layer in layers for item in layer)
    right = max(item.x + item.right for layer in layers for item in layer)
    heights = [max(item.height for item in layer) for layer in layers]
    tops = list(accumulate((height + GAP for height in heights), initial=0.0))
    depth = {id(item): place for place, layer in enumerate(layers) for item in layer}
    for layer in layers:
        for item in layer:
            item.x -= left
    corners = {name: (item.x - item.left, tops[depth[id(item)]]) for name, item in items.items()}
    routes = []
    for thread, turned in zip(threads, back, strict=True):
        points = []
        for item in thread.items:
            top = tops[depth[id(item)]]
            bottom = top + heights[depth[id(item)]]
            if item is thread.upper:
                x = _port(item, thread.bends[0], item.below)
                points += [(x, top + item.height), (x, bottom)]
            elif item is thread.lower:
                points += [(_port(item, thread.bends[-1], item.above), top)]
            else:
                points += [(item.x, top), (item.x, bottom)]
        place = depth[id(thread.label)]
        middle = tops[place] + heights[place] / 2
        routes.append((points[::-1] if turned else points, (thread.label.x, middle)))
    return Plan(Size(right - left, tops[-1] - GAP), corners, routes)


def _port(box: _Item, other: _Item, side: list[_Item]) -> float:
    """Give where the arrow to ``other`` meets a side of ``box``: arrows stand side by side, in the order they come."""
    order = sorted(side, key=lambda item: item.x)
    step = min(PORT, 1.7 * box.left / len(order))
    return box.x + (order.index(other) - (len(order) - 1) / 2) * step
