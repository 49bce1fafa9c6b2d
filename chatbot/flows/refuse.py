"""What is refused at import, with file and line: a flow that cannot work at all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from chatbot import codec, viber
from chatbot.errors import FlowError, MatrixError
from chatbot.flows.changes import refuse_wrong_changes
from chatbot.flows.fields import readable, stored
from chatbot.flows.keep import BRINGING, Keep, keep
from chatbot.flows.says import fields_of, flat, static_messages, templates_of
from chatbot.flows.source import Location
from chatbot.flows.state import Embed, Says, Source, State, again
from chatbot.flows.words import Plural
from chatbot.messages import Button, Message, Travel

if TYPE_CHECKING:
    from chatbot.flows.flow import Flow


def refuse_what_cannot_work(flow: type[Flow[Any]]) -> None:
    """Raise FlowError for the first thing in ``flow`` that cannot work."""
    members = list(dict.fromkeys(value for value in vars(flow).values() if isinstance(value, Source)))
    entered = [member for member in members if isinstance(member, State | Embed)]
    if not entered:
        raise FlowError(flow.at, f"flow {flow.name} has no states; write start = State(..., initial=True)")
    if len(initial := [member for member in entered if member.initial]) != 1:
        found = " and ".join(member.name for member in initial)
        found = found or "none; write start = State(..., initial=True) or Embed(..., initial=True)"
        raise FlowError(flow.at, f"flow {flow.name} needs one state with initial=True, and has {found}")
    refuse_wrong_changes(flow, entered)
    _check_data(flow)
    _check_travel(flow.at, f"flow {flow.name}", flow.travel)
    fields = readable(flow.data_type)
    _check_words(flow, fields)
    for member in members:
        if isinstance(member, State):
            _check_state(member, fields)
        if isinstance(member, Embed) and not any(row.trigger.kind == "done" for row in member.rows):
            raise FlowError(member.at, f"{member.name} ends and nothing follows; add {member.name}.on(done, to=...)")
        _check_rows(member, fields)
        _check_kept(member, stored(flow.data_type))


def _check_words(flow: type[Flow[Any]], fields: set[str]) -> None:
    for word in ("apology", "unmatched", "reminder"):
        if not isinstance(said := getattr(flow, word), str):
            raise FlowError(flow.at, f'{word}={said!r} is no text; write {word}="..."')
        _check_says(flow.at, word, said, fields)
    if any(fields_of(flow.apology)):
        raise FlowError(flow.at, "apology: it is said when the data cannot be trusted, so it holds no fields")
    for keyword in flow.keywords:
        if not keyword.strip():
            raise FlowError(flow.at, f"keyword {keyword!r} is nothing that a contact could write")


def _check_travel(at: Location, what: str, travel: Travel) -> None:
    if not isinstance(travel, Travel):
        raise FlowError(at, f'{what}: travel={travel!r} is no Travel; write travel=Travel(purpose="promotion")')
    try:
        viber.check(travel.of(Message("-")))
    except MatrixError as error:
        raise FlowError(at, f"{what}: {error}") from error
    if set(travel.ttl_text or "") & set("{}"):
        raise FlowError(at, f"{what}: ttl_text is said as it stands: write fields in that of the Message")


def _check_state(state: State, fields: set[str]) -> None:
    _check_travel(state.at, f"state {state.name}", state.travel)
    _check_says(state.at, f"state {state.name}", state.says, fields, state)
    if state.final and state.asks:
        raise FlowError(
            state.at, f"state {state.name} is final, so nobody can answer; leave out what it asks, or final"
        )
    if state.ask is not None:
        _check_says(state.at, f"state {state.name}", state.ask.sorry, fields)


def _check_rows(source: Source, fields: set[str]) -> None:
    for row in source.rows:
        _check_says(row.at, f"row {row.label}", row.says, fields)
        kind = row.trigger.kind
        for value in row.trigger.values:
            if isinstance(value, Source | list | set) or (kind in _STRICT and not _is_met(kind, value)):
                wanted = _STRICT.get(kind, "values, one after the other")
                raise FlowError(row.at, f"{kind}(...) takes {wanted}, not {value!r}")
        if isinstance(source, Embed) and kind == "done" and row.to in (None, again):
            raise FlowError(row.at, f"{source.name} has ended, so the row cannot stay in it; write to=...")


_STRICT = {
    "text": "words in quotes",
    "done": "words in quotes",
    "failed": "words in quotes",
    "delivered": "words in quotes",
    "unmatched": "how often",
}
"""Triggers that compare with what comes from outside, where a value of another type would fail or never fit."""


def _is_met(kind: str, value: object) -> bool:
    return isinstance(value, str) if kind != "unmatched" else type(value) is int and value > 0


def _check_kept(source: Source, fields: set[str]) -> None:
    for row in source.rows:
        if any(isinstance(guard, Keep) for guard in row.when):
            raise FlowError(row.at, "when=keep(...) is an action and never holds; write do=keep(...)")
        for action in row.do:
            if cast("object", action) is keep:
                raise FlowError(row.at, 'do=keep keeps nothing; write the field that it goes to: keep("name")')
            if not isinstance(action, Keep):
                continue
            if action.field not in fields:
                raise FlowError(row.at, f"row {row.label} keeps {action.field!r}, and the data has {_listed(fields)}")
            if row.trigger.kind not in BRINGING:
                raise FlowError(row.at, f"row {row.label} brings nothing to keep; only {', '.join(BRINGING)} do")


def _check_data(flow: type[Flow[Any]]) -> None:
    kind: Any = flow.data_type
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        name = getattr(kind, "__name__", kind)
        raise FlowError(flow.at, f"Flow[{name}]: the data of a flow is a dataclass; write @dataclass above it")
    try:
        if why := codec.why_not(kind):
            raise TypeError(why)
        codec.loads(codec.dumps(kind()), kind)
    except Exception as error:  # what makes a default may raise anything
        raise FlowError(
            flow.at, f"{kind.__name__} needs a default for every field, and types that JSON can hold: {error}"
        ) from error


def _check_says(at: Location, what: str, says: Says | None, fields: set[str], state: State | None = None) -> None:
    """Refuse what is static and wrong: the matrix, the lengths, braces and the names in them."""
    try:
        for one in [] if callable(says) else flat(says):
            _check_parts(one)
        for message in static_messages(says, state.choices if state else None):
            viber.check(message)
        for one in [] if callable(says) else flat(says):
            if isinstance(one, Plural) and one.of not in fields:
                raise FlowError(at, f"{what} counts {one.of!r}, and the data has {_listed(fields)}")
        for template in templates_of(says):
            if unknown := set(fields_of(template)) - fields:
                raise FlowError(at, f"{what} says {{{min(unknown)}}}, and the data has {_listed(fields)}")
    except (MatrixError, ValueError, TypeError) as error:
        raise FlowError(at, f"{what}: {error}") from error


def _check_parts(said: Any) -> None:
    """Raise TypeError for a part of a message that is none: ``button="Track"``."""
    texts = [said.one, said.many, said.of] if isinstance(said, Plural) else [said.text]
    if isinstance(said, Message):
        texts += [said.image or "", said.ttl_text or ""]
        if said.button is not None and not isinstance(said.button, Button):
            raise TypeError(f'button={said.button!r} is no Button; write Button("Track", "https://...")')
        texts += [said.button.caption, said.button.url] if said.button is not None else []
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{text!r} is no text; write it in quotes")


def _listed(fields: set[str]) -> str:
    return ", ".join(sorted(fields)) or "no fields"
