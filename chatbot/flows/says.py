"""How what a state or a row says becomes messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from string import Formatter
from typing import Any

from chatbot import viber
from chatbot.flows.questions import Choices
from chatbot.flows.state import Says
from chatbot.flows.turn import Turn
from chatbot.messages import Message

_FORMATTER = Formatter()


def messages_of(says: Says | None, turn: Turn[Any], choices: Choices | None = None) -> list[Message]:
    """Make the messages that ``says`` means in this turn, the last one with the numbered choices.

    A text that the contact's own words made too long is cut into several. Raises KeyError for a field that the data
    lacks.
    """
    said = says(turn) if callable(says) else says
    made = [_filled(message, turn.data) for message in as_messages(said)]
    if choices:
        made = with_choices(made, choices)
    return [piece for message in made for piece in _fitting(message)]


def as_messages(said: object) -> list[Message]:
    """Bring a string, a Message, a list of them or None to a list of messages, fields still in braces."""
    if said is None:
        return []
    if isinstance(said, str):
        return [Message(said)]
    if isinstance(said, Message):
        return [said]
    if isinstance(said, Iterable):
        return [message for one in said for message in as_messages(one)]
    raise TypeError(f"a prompt is a text, a Message or a list of them, not {said!r}")


def with_choices(messages: list[Message], choices: Choices) -> list[Message]:
    """Put the numbered list under the last message, or alone when there is none or it shows no text."""
    if not messages or not messages[-1].text:
        return [*messages, Message(choices.lines())]
    last = messages[-1]
    return [*messages[:-1], replace(last, text=f"{last.text}\n{choices.lines()}")]


def fields_of(template: str) -> Iterator[str]:
    """Name the fields in braces. Raises ValueError for braces that hold more than a name and a format."""
    for _, name, spec, conversion in _FORMATTER.parse(template):
        if name is None:
            continue
        if not name.isidentifier() or conversion or "{" in (spec or ""):
            raise ValueError(f"{{{name}}} is not the name of a field; write {{{{ and }}}} for braces that stay")
        yield name


def static_messages(says: Says | None, choices: Choices | None = None) -> list[Message]:
    """Make the messages of ``says`` as far as they are known without a turn: each field stands as one letter."""
    if callable(says):
        return []
    made = [_with_texts(message, _outlined) for message in as_messages(says)]
    return with_choices(made, choices) if choices and (made or says is None) else made


def _outlined(template: str) -> str:
    return "".join(literal + ("x" if name is not None else "") for literal, name, _, _ in _FORMATTER.parse(template))


def _filled(message: Message, data: object) -> Message:
    def fill(template: str) -> str:
        if "{" not in template and "}" not in template:
            return template
        names = dict.fromkeys(fields_of(template))
        return template.format_map({name: getattr(data, name) for name in names})

    return _with_texts(message, fill)


def _with_texts(message: Message, change: Any) -> Message:
    button = message.button
    return replace(
        message,
        text=change(message.text),
        image=change(message.image) if message.image is not None else None,
        button=replace(button, caption=change(button.caption), url=change(button.url)) if button is not None else None,
    )


def _fitting(message: Message) -> list[Message]:
    if viber.length(message.text) <= viber.TEXT_LENGTH:
        return [message]
    *first, last = viber.split(message.text)
    return [*(replace(message, text=piece, image=None, button=None) for piece in first), replace(message, text=last)]
