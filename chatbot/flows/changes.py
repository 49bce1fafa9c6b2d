"""What a flow says of old conversations: ``renamed``, ``upgrade`` and ``landing``.

A mistake in them would be met long after the deploy, by whoever comes back first; so it is refused at import.
"""

from __future__ import annotations

import builtins
import dis
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chatbot.errors import FlowError
from chatbot.flows.source import Location
from chatbot.flows.state import Embed, State

if TYPE_CHECKING:
    from chatbot.flows.flow import Flow

Function = Callable[..., object]


def successors(flow: type[Flow[Any]]) -> Iterator[State | Embed]:
    """Give where old conversations may go on: also what a function in ``renamed`` names, of which it gives one."""
    for successor in (flow.landing, *flow.renamed.values()):
        if isinstance(successor, State | Embed):
            yield successor
        elif successor is not None:
            named = [getattr(flow, name, None) for owner, name in _names(successor) if owner == flow.__name__]
            yield from (one for one in named if isinstance(one, State | Embed))


def refuse_wrong_changes(flow: type[Flow[Any]], entered: Sequence[State | Embed]) -> None:
    """Raise FlowError for what cannot work. ``entered`` are the states and embedded flows that ``flow`` has."""
    if flow.landing is not None and flow.landing not in entered:
        raise FlowError(flow.at, f"landing leads to {flow.landing!r}, which is no state of flow {flow.name}")
    _refuse_function(flow.at, "upgrade", flow.upgrade, "the old data")
    if not isinstance(flow.renamed, Mapping):
        raise FlowError(flow.at, 'renamed is no dict; write renamed = {"old_state": the_state_that_follows}')
    for name, successor in flow.renamed.items():
        what = f"renamed[{name!r}]"
        if not isinstance(name, str):
            raise FlowError(flow.at, f"{what}: write the name of the old state in quotes")
        if successor in entered:
            continue
        if not callable(successor) or isinstance(successor, type):
            raise FlowError(
                flow.at,
                f"{what} leads to {successor!r}, which is neither a state of flow {flow.name} "
                "nor a function of its data",
            )
        _refuse_function(flow.at, what, successor, "the data")
        _refuse_names(flow, what, successor)


def _refuse_function(at: Location, what: str, function: Function, taken: str) -> None:
    if inspect.iscoroutinefunction(function):
        raise FlowError(at, f"{what} is async, and nothing is awaited when a conversation comes back")
    try:
        inspect.signature(function).bind(None)
    except TypeError as error:
        raise FlowError(at, f"{what} is a function of {taken} and nothing else: {error}") from error


def _refuse_names(flow: type[Flow[Any]], what: str, function: Function) -> None:
    """Refuse a state that is not there, or by its bare name: a function does not see into the class around it."""
    seen = {**vars(builtins), **getattr(function, "__globals__", {})}
    for owner, name in _names(function):
        if owner == flow.__name__ and not hasattr(flow, name):
            raise FlowError(flow.at, f"{what} names {owner}.{name}, which is not there")
        if owner in vars(flow) and owner not in seen:
            raise FlowError(flow.at, f"{what} names {owner}; inside a function write {flow.__name__}.{owner}")


def _names(function: Function) -> Iterator[tuple[str, str]]:
    """Give the names that a function looks up outside of itself, each with the attribute that it takes of it, or ""."""
    code = getattr(function, "__code__", None)
    steps = list(dis.get_instructions(code)) if code is not None else []
    for step, following in pairwise(steps):
        if step.opname in ("LOAD_GLOBAL", "LOAD_DEREF"):
            yield step.argval, following.argval if following.opname == "LOAD_ATTR" else ""
