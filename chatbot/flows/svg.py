"""Draws a flow as an SVG picture that stands alone: no network, no script, no font of its own.

States are boxes (a final one has a double border), embedded flows are boxes with their own drawing inside, and rows are
arrows from top to bottom, as far as that goes. A row that stays is a loop beside its box.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from chatbot.flows.compile import CompiledFlow
from chatbot.flows.durations import in_words
from chatbot.flows.functions import name_of
from chatbot.flows.layers import Link, Point, Size, lay_out
from chatbot.flows.says import texts_of
from chatbot.flows.state import Anywhere, Embed, Row, Source, State, Target

if TYPE_CHECKING:
    from chatbot.flows.flow import Flow

LINE, PAD, LOOP, MARGIN = 17.0, 10.0, 26.0, 24.0
COLUMNS = 34
KINDS = {"message": "a message", "timer": "a timer", "news": "a receipt, or the end of a call"}
START = ""
"""The name of the dot where a flow begins: no state is called so."""

STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1d2733 }
.name { font-size: 13px; font-weight: 600 }
.soft { fill: #5a6675 }
.paper { fill: #ffffff }
.box { fill: #f1f5fa; stroke: #8796a9 }
.group { fill: none; stroke: #8796a9; stroke-dasharray: 4 3 }
.arrow { fill: none; stroke: #66758a; stroke-width: 1.3 }
.timer { stroke-dasharray: 7 4 }
.news { stroke-dasharray: 2 3 }
.tip { fill: #66758a }
.start { fill: #2f6fde }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e9f0 }
  .soft { fill: #a3afbe }
  .paper { fill: #12161c }
  .box { fill: #1e252e; stroke: #5f6e80 }
  .group { stroke: #5f6e80 }
  .arrow { stroke: #8b9bad }
  .tip { fill: #8b9bad }
  .start { fill: #6ea1ff }
}
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """Something drawn, from its upper left corner: how much room it takes, and the SVG of it."""

    size: Size
    marks: str

    def at(self, x: float, y: float) -> str:
        """Move it."""
        return f'<g transform="translate({x:.1f} {y:.1f})">{self.marks}</g>\n'


def svg(flow: CompiledFlow) -> str:
    """Write ``flow`` as the text of an SVG file."""
    drawn, legend = _flow(flow.flow), _legend()
    width = max(drawn.size.width, legend.size.width) + 2 * MARGIN
    height = drawn.size.height + legend.size.height + 3 * MARGIN
    keywords = f" ({', '.join(flow.flow.keywords)})" if flow.flow.keywords else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">\n'
        f"<title>{_plain(flow.name + keywords)}</title>\n<style>{STYLE}</style>\n"
        f'<rect class="paper" width="100%" height="100%"/>\n'
        f"{drawn.at((width - drawn.size.width) / 2, MARGIN)}"
        f"{legend.at(MARGIN, height - MARGIN - legend.size.height)}</svg>\n"
    )


def _flow(flow: type[Flow[Any]]) -> Picture:
    """Draw the boxes of one flow and the arrows between them."""
    sources = {value.name: value for value in vars(flow).values() if isinstance(value, Source)}
    boxes = {START: Picture(Size(12, 12), '<circle class="start" cx="6" cy="6" r="6"/>')}
    boxes |= {name: _box(source) for name, source in sources.items() if source.rows or not isinstance(source, Anywhere)}
    first = next(one for one in sources.values() if isinstance(one, State | Embed) and one.initial)
    arrows = {(START, first.name, "message"): [""]}
    for source in sources.values():
        for row in source.rows:
            if isinstance(row.to, Source) and row.to is not source:
                arrows.setdefault((source.name, row.to.name, _kind(row)), []).append(row.label)
    labels = [_label(lines) for lines in arrows.values()]
    links = [Link(one, other, label.size) for (one, other, _), label in zip(arrows, labels, strict=True)]
    plan = lay_out({name: box.size for name, box in boxes.items()}, links)
    marks = [_arrow(points, kind) for (_, _, kind), (points, _) in zip(arrows, plan.routes, strict=True)]
    marks += [box.at(*plan.corners[name]) for name, box in boxes.items()]
    for label, (_, (x, y)) in zip(labels, plan.routes, strict=True):
        marks.append(label.at(x - label.size.width / 2, y - label.size.height / 2))
    return Picture(plan.size, "".join(marks))


def _box(source: Source) -> Picture:
    """Draw a state, an embedded flow or anywhere, with its loop beside it."""
    inside = _text([("name", source.name), *(("", line) for line in _prompt(source)), *_facts(source)])
    if isinstance(source, Embed):
        inner = _flow(source.flow)
        size = Size(max(inside.size.width, inner.size.width), inside.size.height + PAD + inner.size.height)
        inside = Picture(size, inside.marks + inner.at((size.width - inner.size.width) / 2, inside.size.height + PAD))
    beside = _loop(source)
    width, height = inside.size.width + 2 * PAD, max(inside.size.height + 2 * PAD, beside.size.height)
    kind, corner = ("box", 6) if isinstance(source, State) else ("group", 18 if isinstance(source, Anywhere) else 6)
    marks = _frame(kind, width, height, corner)
    if isinstance(source, State) and source.final:
        marks += f'<g transform="translate(3 3)">{_frame(kind, width - 6, height - 6, corner - 2)}</g>'
    marks += inside.at(PAD, (height - inside.size.height) / 2) + beside.at(width, 0)
    return Picture(Size(width + beside.size.width, height, width), marks)


def _frame(kind: str, width: float, height: float, corner: float) -> str:
    return f'<rect class="{kind}" width="{width:.1f}" height="{height:.1f}" rx="{corner}"/>'


def _prompt(source: Source) -> list[str]:
    if not isinstance(source, State):
        return []
    said = f"says {name_of(source.says)}" if callable(source.says) else " ".join(texts_of(source.says))
    return wrap(shorten(said, 3 * COLUMNS, placeholder=" …"), COLUMNS)


def _facts(source: Source) -> list[tuple[str, str]]:
    """Write what else is worth knowing of it."""
    facts = []
    if isinstance(source, Embed):
        facts.append(f"embeds {source.flow.name}")
    if isinstance(source, State):
        facts += [f"{number}. {choice.label}" for number, choice in enumerate(source.choices.all[:4], 1)]
        facts += [f"… {len(source.choices.all) - 4} more"] if len(source.choices.all) > 4 else []
        facts += ["choices that vary"] if callable(source.offer) else []
        facts += [f"asks {type(source.ask).__name__}"] if source.ask is not None else []
        facts += [f"timeout after {in_words(source.timeout)}"] if source.timeout is not None else []
        facts += [f"invokes {name_of(source.invoke)}"] if source.invoke is not None else []
    return [("soft", shorten(fact, COLUMNS + 6, placeholder=" …")) for fact in facts]


def _kind(row: Row) -> str:
    if row.trigger.event in ("message", "unmatched"):
        return "message"
    return "timer" if row.trigger.event == "timeout" else "news"


def _loop(source: Source) -> Picture:
    """Draw one loop at the right of a box, with the labels of all rows that stay there or go back."""
    rows = [row for row in source.rows if row.to is source or not isinstance(row.to, Source)]
    if not rows:
        return Picture(Size(0, 0), "")
    ends = {True: " → enters again", False: ""}
    labels = [row.label + (f" → {row.to}" if isinstance(row.to, Target) else ends[row.to is source]) for row in rows]
    text = _text([("", label) for label in labels])
    curve = f"M0 {PAD} C{LOOP} {PAD - 6} {LOOP} {PAD + 22} 5 {PAD + 16}"
    tip = f'<path class="tip" d="M0 {PAD + 15} l8 -2.5 l-1.5 7 z"/>'
    marks = f'<path class="arrow {_kind(rows[0])}" d="{curve}"/>{tip}{text.at(LOOP, PAD / 2)}'
    return Picture(Size(LOOP + text.size.width, max(text.size.height + PAD, 36)), marks)


def _arrow(points: Sequence[Point], kind: str) -> str:
    """Draw an arrow through ``points``, upright wherever it leaves and arrives."""
    steps = ["M{:.1f} {:.1f}".format(*points[0])]
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (y + to_y) / 2
        steps.append(
            f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
            if abs(x - to_x) > 0.5
            else f"L{to_x:.1f} {to_y:.1f}"
        )
    (_, first), (x, y) = points[0], points[-1]
    tip = 8 if first > y else -8
    return (
        f'<path class="arrow {kind}" d="{" ".join(steps)}"/><path class="tip" d="M{x:.1f} {y:.1f} l-4 {tip} h8 z"/>\n'
    )


def _legend() -> Picture:
    marks, x = "", 0.0
    for kind, meaning in KINDS.items():
        text = _text([("soft", meaning)])
        marks += f'<path class="arrow {kind}" d="M{x:.1f} 9 h32"/>{text.at(x + 38, 0)}'
        x += 38 + text.size.width + 20
    return Picture(Size(x, LINE), marks)


def _label(lines: Iterable[str]) -> Picture:
    """Write the label of an arrow on paper, so that the arrow does not strike it out."""
    text = _text([("", line) for line in lines if line])
    width, height = text.size.width + 6, text.size.height
    return Picture(Size(width, height), _frame("paper", width, height, 2) + text.at(3, 0))


def _text(lines: Iterable[tuple[str, str]]) -> Picture:
    """Write lines, each with its class."""
    marks, width, height = "", 0.0, 0.0
    for kind, line in lines:
        height += LINE
        width = max(width, _width(line, 13.5 if kind == "name" else 12))
        marks += f'<text class="{kind}" x="0" y="{height - 4.5:.1f}">{_plain(line)}</text>'
    return Picture(Size(width, height), marks)


def _width(text: str, size: float) -> float:
    """Guess how wide a line is: no font is at hand, and it is better too wide than too narrow."""
    return size * sum(
        1.0 if east_asian_width(one) in "WF" else 0.32 if one in "ijl.,:;'|!()[] " else 0.6 for one in text
    )


def _plain(text: str) -> str:
    """Make ``text`` safe inside XML, where control characters must not stand."""
    return escape("".join(one if one.isprintable() else " " for one in text))
