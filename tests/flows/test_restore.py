"""A stored conversation comes back under what its flow has become."""

from __future__ import annotations

import re
import types
from dataclasses import dataclass, field, make_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

import pytest

from chatbot import Embed, Flow, State, codec, done, text
from chatbot.flows.restore import Restored, Stored, restore


def flow_of(data: Any, *, states: tuple[str, ...] = ("ask", "end"), inner: type[Flow[Any]] | None = None) -> Any:
    """Define a flow with this data and these states, of which the first asks and the last ends."""
    made: dict[str, Any] = {name: State(name, initial=name == "ask", final=name == "end") for name in states}
    made["ask"].on(text, to=made["end"])
    if inner is not None:
        made["where"] = Embed(inner)
        made["where"].on(done, to=made["end"])
    told: Any = types.new_class("Told", (Flow[data],), {}, lambda body: body.update(made))
    return told.compiled


def data_of(**fields: Any) -> Any:
    return make_dataclass("Data", [(name, kind, field(default=None)) for name, kind in fields.items()])


@dataclass
class Street:
    name: str = ""


@dataclass
class Road:
    road: str = ""


# The fingerprint: whatever a stored conversation depends on


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (flow_of(Street), flow_of(Road)),
        (flow_of(Street), flow_of(Street, states=("ask", "more", "end"))),
        (flow_of(data_of(at=data_of(name=str) | None)), flow_of(data_of(at=data_of(road=str) | None))),
        (
            flow_of(make_dataclass("Data", [], bases=(Street,))),
            flow_of(make_dataclass("Data", [], bases=(Road,))),
        ),
        (flow_of(Street, inner=flow_of(Street).flow), flow_of(Street, inner=flow_of(Road).flow)),
        (flow_of(Street, inner=flow_of(Street).flow), flow_of(Street)),
    ],
    ids=["a field", "a state", "a nested field", "an inherited field", "an embedded field", "an embedded flow"],
)
def test_a_change_that_stored_data_can_feel_changes_the_fingerprint(old: Any, new: Any) -> None:
    assert old.fingerprint != new.fingerprint


def test_any_other_change_does_not() -> None:
    assert flow_of(Street).fingerprint == flow_of(make_dataclass("Other", [("name", str, "x")])).fingerprint


# Where they go on


@dataclass
class Town:
    town: str = ""


class Inner(Flow[Town]):
    """Embedded as it is today; once it had one state for both questions."""

    ask_town = State("Which town?", initial=True)
    ask_river = State("Which river?")
    known = State(final=True)
    ask_town.on(text, to=known)
    ask_river.on(text, to=known)
    renamed = {
        "ask_city": ask_town,
        "ask_place": lambda data: Inner.ask_river if "on" in data.town else Inner.ask_town,
    }

    @staticmethod
    def upgrade(old: dict[str, Any]) -> dict[str, Any]:
        return {"town": old.pop("city", ""), **old}


@dataclass
class Address:
    street: str = ""
    city: str = ""


class Outer(Flow[Address]):
    begin = State("?", initial=True)
    street = State("Which street?")
    city = State("Which city?")
    where = Embed(Inner)
    end = State("End.", final=True)
    lost = State("We have changed. Write anything.")
    begin.on(text, to=street)
    street.on(text, to=city)
    city.on(text, to=where)
    where.on(done, to=end)
    lost.on(text, to=begin)
    renamed: ClassVar[dict[str, Any]] = {
        "start": begin,
        "details": lambda data: Outer.city if data.street else Outer.street,
        "place": where,
        "place.gone": city,
        "who.ask_name": street,
        "broken": lambda data: data.nothing,
        "strange": lambda data: "street",
    }

    @staticmethod
    def upgrade(old: dict[str, Any]) -> dict[str, Any]:
        return {"street": old.pop("road", ""), **old}


def come_back(
    flow: type[Flow[Any]],
    state: str,
    data: str = "{}",
    frames: dict[str, Any] | None = None,
    history: tuple[str, ...] = (),
) -> Restored:
    return restore(flow.compiled, Stored(state, data, codec.dumps({"frames": frames or {}}), "older", history))


@pytest.mark.parametrize(
    ("state", "data", "now"),
    [
        ("street", "{}", "street"),
        ("start", "{}", "begin"),
        ("details", "{}", "street"),
        ("details", '{"street": "Main"}', "city"),
        ("details", '{"road": "Main"}', "city"),
        ("place", "{}", "where.ask_town"),
    ],
    ids=["as it was", "renamed", "split", "split by the data", "split by the upgraded data", "by an embedded flow"],
)
def test_a_state_is_followed_as_its_flow_declares(state: str, data: str, now: str) -> None:
    back = come_back(Outer, state, data)
    assert (back.state, back.landed, back.obstacles) == (now, "", ())


@pytest.mark.parametrize(
    ("state", "frame", "now", "town"),
    [
        ("where.ask_town", {"town": "Bonn"}, "where.ask_town", "Bonn"),
        ("where.ask_town", {"city": "Bonn"}, "where.ask_town", "Bonn"),
        ("where.ask_city", {"city": "Bonn"}, "where.ask_town", "Bonn"),
        ("where.ask_place", {"city": "Bonn"}, "where.ask_river", "Bonn"),
        ("where.ask_place", {"city": "Ulm"}, "where.ask_town", "Ulm"),
        ("place.ask_city", {"city": "Bonn"}, "where.ask_town", "Bonn"),
    ],
)
def test_an_embedded_flow_declares_for_itself_whatever_it_was_called(
    state: str, frame: dict[str, str], now: str, town: str
) -> None:
    back = come_back(Outer, state, frames={state.partition(".")[0]: frame})
    assert (back.state, back.landed, back.obstacles) == (now, "", ())
    assert back.progress.frames == {"where": Town(town)}


def test_the_outer_flow_may_name_a_state_of_one_that_it_embeds_or_did() -> None:
    assert come_back(Outer, "place.gone", frames={"place": {"town": "Bonn"}}).state == "city"
    assert come_back(Outer, "who.ask_name").state == "street"


def test_an_embedded_flow_that_is_entered_in_place_of_a_state_begins_with_data_of_its_own() -> None:
    assert come_back(Outer, "place").progress.frames == {"where": Town()}


def test_the_way_back_leads_through_what_was_renamed_and_past_what_is_gone() -> None:
    history = ("start", "nowhere", "details", "street", "where.ask_town")
    assert come_back(Outer, "city", history=history).history == ["begin", "street"]
    assert come_back(Outer, "city", history=history, frames={"where": {}}).history == [
        "begin",
        "street",
        "where.ask_town",
    ]
    assert come_back(Outer, "street", history=history).history == ["begin"]


# Landing


@pytest.mark.parametrize(
    ("state", "data", "why"),
    [
        ("nowhere", "{}", "there is no state nowhere any more"),
        ("where.nowhere", "{}", "there is no state where.nowhere any more"),
        ("nobody.nowhere", "{}", "there is no state nobody.nowhere any more"),
        ("where.ask_town", "{}", "the data of where is missing"),
        ("broken", "{}", 'renamed["broken"] fails: AttributeError at '),
        ("strange", "{}", "renamed[\"strange\"] gives 'street', which is no state of flow outer"),
        ("street", '{"street": 5}', "the data cannot be read: Expected `str`, got `int` - at `$.street`"),
        ("street", "[]", "the data cannot be read: "),
        ("details", "", "the data cannot be read: "),
    ],
)
def test_who_has_no_place_begins_anew_and_it_is_known_why(state: str, data: str, why: str) -> None:
    back = come_back(Outer, state, data)
    assert back.state == "begin"
    assert back.landed.startswith(why)
    assert [one.why for one in back.obstacles] == [back.landed]


class Kind(Enum):
    LETTER = "letter"


@dataclass
class Parcel:
    kind: Kind = Kind.LETTER
    weight: int = 0


class Post(Flow[Parcel]):
    begin = State("?", initial=True)

    @staticmethod
    def upgrade(old: dict[str, Any]) -> dict[str, Any]:
        return {**old, "weight": int(old.get("weight", 0))}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ('{"kind": "Anna\'s \'secret\' \\n box"}', r"the data cannot be read: Invalid enum value - at `\$\.kind`"),
        ('{"weight": "Anna\'s secret"}', rf"the data cannot be read: ValueError at .*{Path(__file__).name}:\d+"),
    ],
)
def test_why_data_cannot_be_read_is_told_without_what_the_contact_wrote(data: str, why: str) -> None:
    back = come_back(Post, "begin", data)
    assert re.fullmatch(why, back.landed)
    assert "secret" not in str(back)


def test_who_has_no_place_keeps_data_that_can_be_read() -> None:
    assert come_back(Outer, "nowhere", '{"road": "Main"}').data == Address("Main")


def landing_in(outer: str, inner: str = "") -> Any:
    """Define a flow around another; each lands in its member of that name."""

    class Within(Flow[Town]):
        ask = State("?", initial=True)
        calm = State("Where were we?")
        known = State(final=True)
        ask.on(text, to=known)
        calm.on(text, to=known)
        landing = {"calm": calm, "": None}[inner]

    class Around(Flow[Address]):
        begin = State("?", initial=True)
        lost = State("We have changed.")
        where = Embed(Within)
        begin.on(text, to=where)
        lost.on(text, to=begin)
        where.on(done, to=begin)
        landing = {"lost": lost, "where": where, "": None}[outer]

    return Around


@pytest.mark.parametrize(
    ("flow", "state", "lands", "frames"),
    [
        (landing_in("lost"), "nowhere", "lost", {}),
        (landing_in("lost"), "where.nowhere", "lost", {"where": Town("Bonn")}),
        (landing_in("where"), "nowhere", "where.ask", {"where": Town()}),
        (landing_in("lost", "calm"), "where.nowhere", "where.calm", {"where": Town("Bonn")}),
        (landing_in("", "calm"), "where.nowhere", "where.calm", {"where": Town("Bonn")}),
        (landing_in("", "calm"), "nowhere", "begin", {}),
    ],
)
def test_a_landing_takes_who_has_no_place_the_innermost_first(
    flow: type[Flow[Any]], state: str, lands: str, frames: dict[str, Any]
) -> None:
    back = come_back(flow, state, '{"street": "Main"}', {"where": {"town": "Bonn"}} if "." in state else {})
    assert (back.state, back.data, back.progress.frames) == (lands, Address("Main"), frames)
    assert bool(back.obstacles) == (lands == "begin")


def test_an_embedded_landing_takes_those_whose_embedded_data_cannot_be_read() -> None:
    back = come_back(landing_in("", "calm"), "where.ask", '{"street": "Main"}', {"where": {"town": 5}})
    assert (back.state, back.data, back.progress.frames) == ("where.calm", Address("Main"), {"where": Town()})


def test_a_flow_that_begins_with_an_embedded_one_takes_back_who_has_no_place() -> None:
    class Begins(Flow[None]):
        where = Embed(Inner, initial=True)
        end = State("End.", final=True)
        where.on(done, to=end)

    back = come_back(Begins, "nowhere")
    assert (back.state, back.progress.frames) == ("where.ask_town", {"where": Town()})


# Data that no field takes any more


@pytest.mark.parametrize(
    ("state", "data", "frames", "why", "flow"),
    [
        ("street", '{"zip": 1}', {}, "the data has `zip`, which today's Address has no field for", "outer"),
        ("street", '{"zip": 1, "of": 2}', {}, "the data has `zip` and `of`, which today's Address has", "outer"),
        ("where.ask_town", "{}", {"where": {"zip": 1}}, "the data of where has `zip`, which today's Town has", "inner"),
        ("street", "{}", {"who": {"name": "Anna"}}, "the data has `who`, which today's Address has", "outer"),
        ("who.ask_name", "{}", {"who": {"name": "Anna"}}, "the data has `who`, which today's Address has", "outer"),
    ],
    ids=["one field", "two fields", "of an embedded flow", "all of an embedded flow that is gone", "being in there"],
)
def test_it_is_left_behind_and_nobody_loses_their_place_but_it_is_told(
    state: str, data: str, frames: dict[str, Any], why: str, flow: str
) -> None:
    back = come_back(Outer, state, data, frames)
    assert not back.landed
    [one] = back.obstacles
    assert one.why.startswith(why)
    assert one.advice == f"write in flow {flow} a function upgrade(old) that moves it or drops it"


def test_it_is_told_of_nested_data_and_where_a_landing_is_declared() -> None:
    @dataclass
    class Home:
        at: Address | None = None

    class Landing(Flow[Home]):
        begin = State("?", initial=True)
        landing = begin

    back = come_back(Landing, "nowhere", '{"at": {"zip": 1}}')
    assert [one.why for one in back.obstacles] == ["the data has `at.zip`, which today's Address has no field for"]


def test_what_upgrade_leaves_out_is_dropped_on_purpose() -> None:
    class Drops(Flow[Address]):
        begin = State("?", initial=True)

        @staticmethod
        def upgrade(old: dict[str, Any]) -> dict[str, Any]:
            return {"street": f"{old['who']['name']}'s street"}

    back = come_back(Drops, "begin", '{"zip": 1}', {"who": {"name": "Anna"}})
    assert (back.data, back.obstacles) == (Address("Anna's street"), ())


def test_under_an_unchanged_flow_nothing_is_upgraded_or_told() -> None:
    back = restore(Outer.compiled, Stored("street", '{"road": "Main"}', "{}", Outer.compiled.fingerprint))
    assert (back.data, back.obstacles) == (Address(), ())
