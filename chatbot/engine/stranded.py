"""Who could not go on: live conversations whose state or data today's flows cannot take, found before a deploy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot import codec
from chatbot.engine.decide import Suspended
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.restore import Stored, why_stranded
from chatbot.store import conversations
from chatbot.store.protocol import Conversation, Store

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Stranded:
    """``count`` contacts in ``flow.state`` that nothing declares a way for; ``advice`` says what to write."""

    flow: str
    state: str
    count: int
    why: str
    advice: str

    def __str__(self) -> str:
        return f"{self.count} in {self.flow}.{self.state}: {self.why}; {self.advice}"


async def stranded(store: Store, catalogue: Catalogue) -> list[Stranded]:
    """Count the stranded by flow, state and reason, the most first."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    after = ("", "")
    while page := await store.read(conversations.live, after, PAGE):
        for conversation in page:
            for flow, stored in _layers(conversation):
                if (why := _why(catalogue, flow, stored)) is not None:
                    found[flow, stored.state, *why] += 1
        after = (page[-1].contact, page[-1].account)
    return [Stranded(flow, state, count, why, advice) for (flow, state, why, advice), count in found.most_common()]


def _layers(here: Conversation) -> Iterator[tuple[str, Stored]]:
    """Give the conversation itself and those that it has interrupted."""
    if not here.final:
        yield here.flow, Stored(here.state, here.data, here.progress, here.fingerprint, here.history)
    for last in codec.loads(here.suspended, list[Suspended]):
        yield last.flow, Stored(last.state, last.data, last.progress, last.fingerprint, last.history)


def _why(catalogue: Catalogue, name: str, stored: Stored) -> tuple[str, str] | None:
    """Say why a conversation is stranded and what to write; None when it is not."""
    flow = catalogue.of_stored(name)
    if flow is None:
        return f"there is no flow {name} any more", f'write formerly="{name}" in the flow that follows it'
    why = why_stranded(flow, stored)
    if not why:
        return None
    if "there is no state" in why:
        return (
            why,
            f'write in flow {flow.name}: renamed = {{"{stored.state}": the_state_that_follows}}, or landing = a_state',
        )
    return why, f"write in flow {flow.name} a function upgrade(old) that makes today's data, or landing = a_state"
