"""The drawing of a flow as SVG: well-formed, alone in the world, and with everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from chatbot import (
    Anywhere,
    Embed,
    Flow,
    Number,
    State,
    answer,
    choice,
    config,
    done,
    error,
    failed,
    minutes,
    previous,
    text,
    timeout,
)
from chatbot.flows.catalogue import of_config
from chatbot.flows.svg import svg

ROOT = Path(__file__).parent.parent.parent
BOTS = of_config(config.load(ROOT / "config.toml", {})).flows
SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Notes:
    word: str = ""


async def quote(_data: Notes) -> str:
    return ""


class Street(Flow[None]):
    street = State("Which street?", initial=True)
    given = State(final=True)
    street.on(text, to=given)


class Shop(Flow[Notes], keyword="shop"):
    ask = State("Parcel & <letter>?", choices=["yes", "no"], initial=True)
    where = Embed(Street)
    count = State("How many?", ask=Number(), timeout=minutes(5))
    wait = State(invoke=quote)
    end = State("Goodbye.", final=True)
    anywhere = Anywhere()
    ask.on(choice("yes"), to=where)
    ask.on(choice("no"), to=end)
    ask.on(text("<hello>"), says="Hello.")
    where.on(done, to=count)
    count.on(answer, to=wait)
    count.on(timeout, to=end)
    wait.on(done, to=end)
    wait.on(error, to=ask)
    end.on(failed, to=ask)
    anywhere.on(text("back"), to=previous)


def texts(drawing: str) -> list[str]:
    return ["".join(one.itertext()) for one in ET.fromstring(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize("flow", [Shop.compiled, *BOTS.values()], ids=lambda flow: flow.name)
def test_a_drawing_is_xml_with_a_size_and_a_title(flow: object) -> None:
    drawing = ET.fromstring(svg(flow))  # type: ignore[arg-type]
    width, height = drawing.attrib["width"], drawing.attrib["height"]
    assert drawing.attrib["viewBox"] == f"0 0 {width} {height}"
    assert drawing.findtext(f"{SVG}title")


def test_every_state_is_drawn_with_what_it_says_and_asks() -> None:
    found = texts(svg(Shop.compiled))
    for line in ("ask", "Parcel & <letter>?", "1. yes", "2. no", "count", "How many?", "asks Number"):
        assert line in found
    for line in ("timeout after 5 minutes", "wait", "invokes quote", "end", "Goodbye.", "where", "embeds street"):
        assert line in found
    assert "Which street?" in found


def test_every_row_is_drawn_once() -> None:
    found = texts(svg(Shop.compiled))
    rows = [row for source in (Shop.ask, Shop.where, Shop.count, Shop.wait, Shop.end) for row in source.rows]
    for row in rows:
        assert sum(row.label == line for line in found) == sum(row.label == other.label for other in rows)
    assert found.count('text("back") → previous') == 1


def test_a_final_state_has_a_double_border_and_a_timer_a_broken_line() -> None:
    drawing = ET.fromstring(svg(Shop.compiled))
    assert len(drawing.findall(f".//{SVG}rect[@class='box']")) == len(["ask", "count", "wait", "street"]) + 2 * 2
    kinds = [one.attrib["class"] for one in drawing.iter(f"{SVG}path") if one.attrib["class"].startswith("arrow")]
    legend = 1
    assert kinds.count("arrow timer") == 1 + legend
    assert kinds.count("arrow news") == 4 + legend


def test_a_drawing_needs_nothing_from_elsewhere() -> None:
    for flow in BOTS.values():
        drawing = svg(flow).replace("http://www.w3.org/2000/svg", "")
        assert not [word for word in ("href", "url(", "@import", "<script", "<image", "http") if word in drawing]


def test_a_drawing_has_colours_for_light_and_for_dark() -> None:
    assert "@media (prefers-color-scheme: dark)" in svg(Shop.compiled)


def test_text_that_xml_cannot_hold_is_left_out() -> None:
    class Hostile(Flow[None]):
        ask = State("<script>alert('1')</script>\x00\x1b]&amp;", initial=True)
        end = State("😀 漢字 عربى", final=True)
        ask.on(text('"]]>'), to=end)

    found = texts(svg(Hostile.compiled))
    assert "<script>alert('1')</script> " in " ".join(found)
    assert 'text(""]]>")' in found
    assert "😀 漢字 عربى" in found


def test_the_same_flow_is_drawn_the_same() -> None:
    assert svg(Shop.compiled) == svg(Shop.compiled)
