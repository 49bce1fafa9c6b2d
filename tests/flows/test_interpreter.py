"""For any flow and whatever happens, the machine on its store, the drawing and a reader of the rules agree.

Flows are drawn with all the words of the language. What happens goes through the whole engine, which reads data and
state from SQLite at every event; now and then the store is closed and opened again.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chatbot import codec
from chatbot.engine.decide import Suspended
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.draw import mermaid
from chatbot.flows.turn import Progress
from chatbot.testing.stage import Stage
from chatbot.testing.transcript import CONTACT, text_of

from .by_hand import NEWS, ByHand, Said, result_of
from .plain import Memo, Place, PlainFlow, name_of, written
from .random_flows import bots

T = TypeVar("T")

MORNING = datetime(2026, 11, 24, 8, 45, tzinfo=ZoneInfo("Europe/Berlin"))
MEMORY = Path("/dev/shm")
CALLS = 1000
CHANNELS = st.sampled_from(["VIBER", "SMS"])
WORDS = ("x", " X ", "pear", "Pear.", "1", "2", "5", "7", "12", "more", "something else")
LATEST, EARLIER, FLOWS = st.just(0), st.integers(1, 5), st.sampled_from(["main", "other"])
EVENTS = st.one_of(
    st.tuples(st.just("user"), st.sampled_from(WORDS), LATEST),
    st.tuples(st.just("user"), st.sampled_from(WORDS), LATEST),
    st.tuples(st.just("user"), st.sampled_from(WORDS), LATEST),
    st.tuples(st.just("user"), st.sampled_from(WORDS), LATEST),
    st.tuples(st.just("user"), st.sampled_from(WORDS), LATEST),
    st.tuples(st.just("user"), st.sampled_from(WORDS), EARLIER),
    st.tuples(st.just("user"), st.sampled_from(WORDS), EARLIER),
    st.tuples(st.just("user"), FLOWS, LATEST),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 10, 15, 20, 35])),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 10, 15, 20, 35])),
    st.tuples(st.just("receipt"), st.sampled_from(sorted(NEWS)), CHANNELS, st.sampled_from(["", "8"]), LATEST),
    st.tuples(st.just("receipt"), st.sampled_from(sorted(NEWS)), CHANNELS, st.sampled_from(["", "8"]), EARLIER),
    st.tuples(st.just("start"), FLOWS),
    st.tuples(st.just("restart")),
)
"""What happens; the last number says how far back the message is that it is about."""


class Conversations(RuleBasedStateMachine):
    """One contact, two flows, and what a reader of the rules expects of them."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)

    @initialize(plain=bots())
    def begin(self, plain: dict[str, PlainFlow]) -> None:
        flows = [written(flow) for flow in plain.values()]
        self.arrows = set().union(*(arrows_of(flow.__name__, mermaid(flow.compiled)) for flow in flows))
        assert self.arrows == {(flow.name, *arrow) for flow in plain.values() for arrow in flow.arrows()}
        self.by_hand = ByHand(plain, MORNING)
        self.stage = Stage(Catalogue(flows), CONTACT, Path(self.folder.name), start=MORNING.timestamp())
        self.stage.results["call"] = [result_of(number) for number in range(1, CALLS)]
        self.run(self.stage.__aenter__())
        self.run(self.stage.user("main"))
        self.by_hand.user("main", None)

    @rule(event=EVENTS)
    def happens(self, event: tuple[Any, ...]) -> None:
        match event:
            case ("user", word, back):
                quoted = self.message(back)
                self.run(self.stage.user(word, quoted.text))
                self.by_hand.user(word, quoted)
            case ("wait", minutes):
                self.run(self.stage.wait(minutes * 60))
                self.by_hand.wait(minutes)
            case ("receipt", news, channel, reason, back):
                sent = self.message(back)
                self.run(self.stage.receipt(news, channel, reason, sent.text))
                self.by_hand.receipt(sent, news, channel, reason)
            case ("start", flow):
                self.run(self.stage.start(flow, {}))
                self.by_hand.start(flow)
            case ("restart",):
                self.run(self.stage.restart())

    @invariant()
    def they_agree(self) -> None:
        assert [text_of(heard.message) for heard in self.stage.network.heard] == [one.text for one in self.by_hand.said]
        fired = [line.rpartition(" (")[0] for line in self.run(self.stage.trail()) if line.endswith(")")]
        assert fired == self.by_hand.trail
        assert self.by_hand.taken <= self.arrows
        here, live = self.run(self.stage.conversation()), self.by_hand.live
        assert here is not None
        past = [name_of(place) for place in live.past]
        assert (here.flow, here.state, list(here.history)) == (live.flow.name.lower(), name_of(live.place), past)
        suspended = codec.loads(here.suspended, list[Suspended])
        assert [one.flow for one in suspended] == [one.flow.name.lower() for one in self.by_hand.behind]
        assert counts_of(here.data, here.progress) == named(live.counts)
        for one, talk in zip(suspended, self.by_hand.behind, strict=True):
            assert counts_of(one.data, one.progress) == named(talk.counts)

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.run(self.stage.__aexit__(None, None, None))
        self.loop.close()
        self.folder.cleanup()

    def run(self, happens: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(happens)

    def message(self, back: int) -> Said:
        """Give the last message that begins with the text of the one that is ``back`` messages back."""
        said = self.by_hand.said
        text = said[-1 - min(back, len(said) - 1)].text
        return next(one for one in reversed(said) if one.text.startswith(text))


def named(counts: dict[Place, int]) -> dict[str, int]:
    return {name_of(place): count for place, count in counts.items()}


def counts_of(data: str, progress: str) -> dict[str, int]:
    """Read the count of a flow and of each flow embedded in it from what is stored."""
    frames = codec.loads(progress, Progress).frames
    return {"": codec.loads(data, Memo).count, **{name: codec.convert(one, Memo).count for name, one in frames.items()}}


def arrows_of(flow: str, drawing: str) -> set[tuple[str, str, str, str]]:
    """Read the arrows of a Mermaid diagram, but for those from the start and to the end."""
    found = set()
    for line in drawing.splitlines():
        source, arrow, rest = line.strip().partition(" --> ")
        to, _, label = rest.partition(" : ")
        if arrow and "[*]" not in (source, to):
            found.add((flow, source, to, label))
    return found


@pytest.mark.timeout(900)  # a disagreement is made small before it is told
def test_they_agree() -> None:
    run_state_machine_as_test(Conversations, settings=settings(max_examples=25, stateful_step_count=20))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_they_agree_for_many_flows() -> None:
    run_state_machine_as_test(Conversations, settings=settings(max_examples=1000, stateful_step_count=50))
