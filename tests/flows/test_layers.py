"""Laying out a graph: nothing lies over anything else, and arrows begin and end at their boxes."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.flows.layers import Link, Plan, Size, lay_out

NEAR = 0.01
SIZES = st.builds(Size, st.integers(10, 200), st.integers(10, 120))
LABELS = st.builds(Size, st.integers(2, 90), st.integers(0, 40))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, Size], list[Link]]:
    names = [f"s{number}" for number in range(draw(st.integers(1, 8)))]
    boxes = {name: draw(SIZES) for name in names}
    ends = [(one, other) for one in names for other in names if one != other]
    chosen = draw(st.lists(st.sampled_from(ends), max_size=14)) if ends else []
    return boxes, [Link(one, other, draw(LABELS)) for one, other in chosen]


def rectangles(boxes: dict[str, Size], links: list[Link], plan: Plan) -> list[tuple[float, float, float, float]]:
    """Give the left, top, right and bottom of every box and every label."""
    found = [(x, y, x + boxes[name].width, y + boxes[name].height) for name, (x, y) in plan.corners.items()]
    for link, (_, (x, y)) in zip(links, plan.routes, strict=True):
        half, tall = link.label.width / 2, link.label.height / 2
        found.append((x - half, y - tall, x + half, y + tall))
    return found


@settings(deadline=None, max_examples=60)
@given(graph=graphs())
def test_boxes_and_labels_lie_apart_and_inside_the_picture(graph: tuple[dict[str, Size], list[Link]]) -> None:
    boxes, links = graph
    plan = lay_out(boxes, links)
    placed = rectangles(boxes, links, plan)
    for left, top, right, bottom in placed:
        assert -NEAR <= left < right <= plan.size.width + NEAR
        assert -NEAR <= top <= bottom <= plan.size.height + NEAR
    for one, other in combinations(placed, 2):
        beside = one[2] <= other[0] + NEAR or other[2] <= one[0] + NEAR
        above = one[3] <= other[1] + NEAR or other[3] <= one[1] + NEAR
        assert beside or above, (one, other)


@settings(deadline=None, max_examples=60)
@given(graph=graphs())
def test_an_arrow_goes_from_the_edge_of_its_source_to_the_edge_of_its_target(
    graph: tuple[dict[str, Size], list[Link]],
) -> None:
    boxes, links = graph
    plan = lay_out(boxes, links)
    for link, (points, _) in zip(links, plan.routes, strict=True):
        for name, (x, y) in ((link.source, points[0]), (link.target, points[-1])):
            left, top = plan.corners[name]
            assert left - NEAR <= x <= left + boxes[name].width + NEAR
            assert min(abs(y - top), abs(y - top - boxes[name].height)) < NEAR


@settings(deadline=None, max_examples=60)
@given(graph=graphs())
def test_no_arrow_runs_through_a_box(graph: tuple[dict[str, Size], list[Link]]) -> None:
    boxes, links = graph
    plan = lay_out(boxes, links)
    for points, _ in plan.routes:
        for (x, y), (to_x, to_y) in pairwise(points):
            if abs(x - to_x) > NEAR:
                continue  # it turns between two layers, where no box is
            top, bottom = sorted((y, to_y))
            for name, (left, upper) in plan.corners.items():
                inside = left + NEAR < x < left + boxes[name].width - NEAR
                assert not inside or bottom <= upper + NEAR or top >= upper + boxes[name].height - NEAR


def test_what_leads_to_a_box_stands_above_it_unless_it_leads_back() -> None:
    box, none = Size(40, 20), Size(2, 0)
    links = [Link("a", "b", none), Link("b", "c", none), Link("a", "c", none), Link("c", "a", none)]
    plan = lay_out(dict.fromkeys("abc", box), links)
    tops = {name: y for name, (_, y) in plan.corners.items()}
    assert tops["a"] < tops["b"] < tops["c"]
    assert plan.routes[3][0][0][1] > plan.routes[3][0][-1][1]


def test_a_chain_of_boxes_stands_upright() -> None:
    links = [Link(one, other, Size(30, 10)) for one, other in ("ab", "bc", "cd")]
    plan = lay_out({"a": Size(10, 10), "b": Size(80, 10), "c": Size(40, 10), "d": Size(60, 10)}, links)
    middles = {x + {"a": 5, "b": 40, "c": 20, "d": 30}[name] for name, (x, _) in plan.corners.items()}
    assert max(middles) - min(middles) < 1


def test_arrows_do_not_cross_where_they_need_not() -> None:
    box, none = Size(40, 20), Size(2, 0)
    links = [Link("a", "d", none), Link("b", "c", none)]
    plan = lay_out(
        {"root": box, "a": box, "b": box, "c": box, "d": box}, [*links, *(Link("root", x, none) for x in "ab")]
    )
    left = {name: x for name, (x, _) in plan.corners.items()}
    assert (left["a"] < left["b"]) == (left["d"] < left["c"])
