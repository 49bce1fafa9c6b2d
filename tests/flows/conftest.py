"""A contact walks through a compiled flow without an engine; what is stored passes through JSON at every step."""

from __future__ import annotations

import json
import linecache
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chatbot import Flow, Message
from chatbot.errors import FlowError
from chatbot.flows.restore import Restored, Stored, restore
from chatbot.flows.turn import Progress, Received, Turn
from chatbot.messages import Inbound

CONTACT = "+491622943176"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Walk:
    """One contact in one flow. ``said`` and ``trail`` are those of the last event."""

    _stored: Stored

    def __init__(self, flow: type[Flow[Any]], fields: dict[str, Any]) -> None:
        self.compiled = flow.compiled
        self.visit = 0
        turn = self._turn("", self.compiled.new_data(fields), Progress(), [])
        self.compiled.start(turn)
        self._keep(turn)

    def user(self, text: str) -> Walk:
        """The contact writes ``text``."""
        inbound = Inbound("account", CONTACT, text, "request")
        return self._handle("message", {"text": text, "message": Received(inbound)})

    def fire(self, event: str, **seen: Any) -> Walk:
        """Something else happens; ``seen`` is what the turn shows of it."""
        return self._handle(event, seen)

    def forget(self, name: str) -> None:
        """Store the progress without ``name``, as an older version did."""
        progress = json.loads(self._stored.progress)
        del progress[name]
        self._stored = replace(self._stored, progress=json.dumps(progress))

    @property
    def said(self) -> list[str]:
        """The texts of what the bot said."""
        return [message.text for message in self.sent]

    @property
    def state(self) -> str:
        """Where the contact is."""
        return self._restored().state

    @property
    def data(self) -> Any:
        """The flow's data, read again from what is stored."""
        return self._restored().data

    def _restored(self) -> Restored:
        back = restore(self.compiled, self._stored)
        assert not back.landed, back.landed
        return back

    def _turn(self, state: str, data: Any, progress: Progress, history: list[str]) -> Turn[Any]:
        return Turn(
            CONTACT,
            "account",
            self.compiled.name,
            state,
            data,
            NOW,
            visit=self.visit,
            progress=progress,
            history=history,
        )

    def _handle(self, event: str, seen: dict[str, Any]) -> Walk:
        back = self._restored()
        turn = self._turn(back.state, back.data, back.progress, back.history)
        for name, value in seen.items():
            setattr(turn, name, value)
        self.compiled.handle(turn, event)
        self._keep(turn)
        return self

    def _keep(self, turn: Turn[Any]) -> None:
        self.sent: list[Message] = [reply.message for reply in turn.replies]
        self.trail, self.visit, self.entered = turn.trail, turn.visit, turn.entered
        self._stored = Stored.of(self.compiled, turn)


@pytest.fixture
def walk() -> Callable[..., Walk]:
    """Start a flow for a contact: ``walk(Pickup, kind="parcel")``."""
    return lambda flow, **fields: Walk(flow, fields)


@pytest.fixture
def line_at() -> Callable[[object], str]:
    """Give the line of code that an error or a finding points at with its leading ``file:line``."""

    def read(pointing: FlowError | object) -> str:
        file, line, _ = str(pointing).split(":", 2)
        return linecache.getline(file, int(line)).strip()

    return read
