"""Who could not go on as they were: live conversations that would lose their place or data, found before a deploy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatbot import codec
from chatbot.engine.decide import Suspended, stored
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.restore import Obstacle, Stored, restore
from chatbot.store import conversations
from chatbot.store.protocol import Conversation, Store

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Stranded:
    """``count`` contacts in ``flow.state`` for whom ``why`` is not declared; ``advice`` says what to write."""

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
            for flow, here in _layers(conversation):
                found.update((flow, here.state, one.why, one.advice) for one in _obstacles(catalogue, flow, here))
        after = (page[-1].contact, page[-1].account)
    return [Stranded(flow, state, count, why, advice) for (flow, state, why, advice), count in found.most_common()]


def _layers(here: Conversation) -> Iterator[tuple[str, Stored]]:
    """Give the conversation itself and those that it has interrupted."""
    if not here.final:
        yield here.flow, stored(here)
    for last in codec.loads(here.suspended, list[Suspended]):
        yield last.flow, stored(last)


def _obstacles(catalogue: Catalogue, name: str, here: Stored) -> Sequence[Obstacle]:
    flow = catalogue.of_stored(name)
    if flow is None:
        advice = f'write formerly="{name}" in the flow that follows it'
        return [Obstacle(f"there is no flow {name} any more", advice)]
    return restore(flow, here).obstacles
