"""A flow that nothing starts."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.catalogue import Catalogue
from chatbot.flows.check.finding import Finding
from chatbot.flows.compile import CompiledFlow


def find(bot: Catalogue) -> Iterator[Finding]:
    """Report each flow that has no keyword, is not the default, is embedded nowhere and says no ``keyword=()``."""
    for flow in bot.flows.values():
        if not (is_started(flow, bot) or is_embedded(flow, bot)):
            yield Finding(
                flow.flow.at,
                "unstartable-flow",
                f"nothing starts {flow.name}",
                f'write keyword="{flow.name}", or keyword=() if a campaign or chatbot send starts it',
            )


def is_started(flow: CompiledFlow, bot: Catalogue) -> bool:
    """Tell whether a contact or somebody outside starts ``flow``."""
    return bool(flow.flow.keywords) or flow.flow.from_outside or flow is bot.default


def is_embedded(flow: CompiledFlow, bot: Catalogue) -> bool:
    """Tell whether ``flow`` is part of another one."""
    others = (other for other in bot.flows.values() if other is not flow)
    return any(place.flow is flow.flow for other in others for place in other.places.values())
