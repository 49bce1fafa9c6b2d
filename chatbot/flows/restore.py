"""A stored conversation comes back: under the flow that it began with, or under what that flow has become.

Restoring never raises. What cannot be placed enters a declared state: ``landing``, else the initial one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from chatbot import codec
from chatbot.flows.turn import Progress

if TYPE_CHECKING:
    from chatbot.flows.compile import CompiledFlow


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation as it was stored: ``data`` and ``progress`` are JSON."""

    state: str
    data: str
    progress: str
    fingerprint: str
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """Where a conversation goes on. ``landed`` says in words why its own state could not be kept, or is ""."""

    state: str
    data: Any
    progress: Progress
    history: list[str]
    landed: str = ""


def restore(flow: CompiledFlow, stored: Stored) -> Restored:
    """Bring ``stored`` to today's ``flow``: renamed states and upgraded data first, the landing state at last."""
    changed = stored.fingerprint != flow.fingerprint
    try:
        old = codec.loads(stored.data, dict[str, Any])
        data: Any = codec.convert(_upgrade(flow, old) if changed else old, flow.flow.data_type)
        state = state_now(flow, stored.state)
        if state is None:
            return _landed(flow, f"there is no state {stored.state} any more", data)
        progress = _progress(flow, state, stored.progress)
    except Exception as error:  # an author's upgrade may raise anything, and nobody may be stranded by it
        return _landed(flow, f"the data cannot be read: {type(error).__name__}: {error}", None)
    history = [name for name in (state_now(flow, one) for one in stored.history) if name is not None]
    return Restored(state, data, progress, history)


def why_stranded(flow: CompiledFlow, stored: Stored) -> str:
    """Say why ``stored`` cannot go on in a state that somebody has declared for it; "" when it can."""
    return "" if flow.flow.landing is not None else restore(flow, stored).landed


def state_now(flow: CompiledFlow, name: str) -> str | None:
    """Give the name that the state ``name`` has today, or None."""
    if name in flow.places:
        return name
    head, dot, rest = name.partition(".")
    for old in (name, head):
        if (new := flow.flow.renamed.get(old)) is not None:
            candidate = new.name + (dot + rest if old == head and old != name else "")
            return candidate if candidate in flow.places else None
    return None


def _upgrade(flow: CompiledFlow, old: dict[str, Any]) -> dict[str, Any]:
    """Upgrade the data, and leave out what the flow knows no more unless its own ``upgrade`` kept it."""
    known = {field.name for field in fields(flow.flow.data_type)}
    upgrade: Callable[[dict[str, Any]], dict[str, Any]] = flow.flow.upgrade
    return {name: value for name, value in upgrade(old).items() if name in known}


def _progress(flow: CompiledFlow, state: str, written: str) -> Progress:
    progress = codec.loads(written, Progress)
    wanted = {place.prefix: place.flow.data_type for place in flow.places.values() if place.prefix}
    progress.frames = {
        prefix: codec.convert(progress.frames[prefix], kind)
        for prefix, kind in wanted.items()
        if prefix in progress.frames
    }
    prefix = flow.places[state].prefix
    while prefix:
        if prefix not in progress.frames:
            raise LookupError(f"the data of the embedded {prefix} is missing")
        prefix = prefix.rpartition(".")[0]
    return progress


def _landed(flow: CompiledFlow, why: str, data: Any) -> Restored:
    place = flow.flow.landing.name if flow.flow.landing is not None else flow.initial.name
    return Restored(place, data if data is not None else flow.new_data(), Progress(), [], why)
