"""A stored conversation comes back under what its flow has become."""

from __future__ import annotations

import types
from dataclasses import dataclass, field, make_dataclass
from typing import Any

import pytest

from chatbot import Embed, Flow, State, done, text


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
