"""What no state can be given: refused where it is written, with file and line, and with what to write instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from chatbot.errors import FlowError
from chatbot.flows.choices import Choice
from chatbot.flows.functions import is_async, refuse_call, refuse_function
from chatbot.flows.questions import Date, FreeText, Number
from chatbot.flows.source import Location

if TYPE_CHECKING:
    from chatbot.flows.state import Embed, State

LIMITS: dict[str, tuple[Any, str]] = {
    "least": ((int, float, Decimal), "1"),
    "most": ((int, float, Decimal), "5"),
    "earliest": (timedelta, "days(1)"),
    "latest": (timedelta, "days(60)"),
    "longest": (int, "500"),
}
ORDERS = ("DMY", "MDY")
LATE = ("remind", "accept", "ignore")


def refuse_state(state: State) -> None:
    """Raise FlowError for arguments that no state can have."""
    if callable(state.says):
        refuse_function(state.says, "says", state.at)
    if state.invoke is not None:
        refuse_call(state.invoke, state.at)
    _refuse_offer(state)
    _refuse_question(state)
    _refuse_times(state)
    if state.late not in LATE:
        near = get_close_matches(str(state.late), LATE, n=1, cutoff=0.5)
        advice = f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(LATE)}"
        raise FlowError(state.at, f"late={state.late!r} says nothing about late answers; {advice}")


def refuse_embed(embed: Embed) -> None:
    """Raise FlowError for what is no flow."""
    flow: Any = embed.flow
    if not (isinstance(flow, type) and hasattr(flow, "compiled")):
        raise FlowError(embed.at, f"Embed({flow!r}): write the flow's class itself, without quotes or ()")


def _refuse_offer(state: State) -> None:
    offer: Any = state.offer
    if callable(offer):
        refuse_function(offer, "choices", state.at)
        return
    if isinstance(offer, str):
        raise FlowError(state.at, f"choices={offer!r} is one text, not a list; write choices=[{offer!r}]")
    if not isinstance(offer, Sequence | Mapping):
        raise FlowError(state.at, f"choices={offer!r} is no list in an order that stays; write a list or a dict")
    for one in offer.values() if isinstance(offer, Mapping) else offer:
        label: Any = one.label if isinstance(one, Choice) else one
        kinds = (str,) if isinstance(one, Choice) else (str, int, float, Decimal)
        if not isinstance(label, kinds) or isinstance(label, bool) or not str(label).strip():
            raise FlowError(
                state.at,
                f"choices: {label!r} is no label that a contact can read; "
                f'write a text, or value and label: choices={{{label!r}: "..."}}',
            )
    if offer and state.ask is not None:
        raise FlowError(state.at, "a state has choices or asks a typed question; leave out one of them")


def _refuse_question(state: State) -> None:
    ask: Any = state.ask
    if ask is None:
        return
    if isinstance(ask, type):
        raise FlowError(state.at, f"ask={ask.__name__} is a kind of question; write ask={ask.__name__}()")
    if not (callable(getattr(ask, "read", None)) and hasattr(ask, "sorry")):
        raise FlowError(state.at, f"ask={ask!r} is no typed question; write ask=Number(), Date(), YesNo(), ...")
    if callable(state.offer):
        raise FlowError(state.at, "a state has choices or asks a typed question; leave out one of them")
    if is_async(ask.read):
        refuse_function(ask.read, "read", state.at)
    if isinstance(ask, FreeText) and ask.check is not None:
        refuse_function(ask.check, "check", state.at, "text")
    if isinstance(ask, Number | Date | FreeText):
        _refuse_limits(ask, state.at)


def _refuse_limits(ask: Number | Date | FreeText, at: Location) -> None:
    for name, (kinds, write) in LIMITS.items():
        given = getattr(ask, name, None)
        if given is not None and not isinstance(given, kinds):
            raise FlowError(at, f"{type(ask).__name__}: {name}={given!r} is no limit; write {name}={write}")
    if isinstance(ask, Date) and ask.order not in ORDERS:
        raise FlowError(at, f"Date: order={ask.order!r} is no order; write one of {', '.join(ORDERS)}")


def _refuse_times(state: State) -> None:
    for name, given in (("timeout", state.timeout), ("within", state.within)):
        if given is None and name == "timeout":
            continue
        if not isinstance(given, timedelta):
            raise FlowError(state.at, f"{name}={given!r} has no unit; write {name}=minutes(30)")
        if given <= timedelta(0):
            raise FlowError(state.at, f"{name}={given} is over before it begins; write {name}=minutes(30)")
    page: Any = state.page
    if page is not None and (not isinstance(page, int) or page < 1):
        raise FlowError(state.at, f"page={page!r}: a page shows at least one choice; write page=5")
    retries: Any = state.retries
    if not isinstance(retries, int) or retries < 0:
        raise FlowError(state.at, f"retries={retries!r}: write 0 for a single try, or how often to try again")
