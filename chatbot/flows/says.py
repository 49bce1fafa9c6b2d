"""How what a state or a row says becomes messages: translated, filled in, numbered, and cut where it is too long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from string import Formatter
from typing import Any
from urllib.parse import quote

from chatbot import viber
from chatbot.flows.choices import Choices
from chatbot.flows.state import Says, State
from chatbot.flows.turn import Turn
from chatbot.flows.words import Plural, Words
from chatbot.messages import Message

_FORMATTER = Formatter()


def prompt_of(state: State, turn: Turn[Any]) -> list[Message]:
    """Make the messages of the state's prompt, its choices included, at the page that the contact is on.

    What is offered is noted in the turn's progress: a number in the answer means the label that is shown with it here.
    """
    messages = messages_of(state.says, turn)
    choices = state.offered(turn)
    turn.progress.offered = choices.labels if state.ask is None and state.asks else None
    return _numbered(messages, choices, turn.words, turn.progress.page) if choices else messages


def messages_of(says: Says | None, turn: Turn[Any]) -> list[Message]:
    """Make the messages that ``says`` means in this turn.

    A text that the contact's own words made too long is cut into several, a caption is shortened. Raises AttributeError
    for a field that the data lacks.
    """
    if callable(says):
        # It has put its values in already: braces in its texts may be the contact's own words.
        made = [_spoken(one, turn) for one in flat(says(turn))]
    else:
        made = [_filled(one, turn) for one in flat(says)]
    return [piece for one in made for piece in _fitting(one)]


def flat(said: object) -> list[Message | Plural]:
    """Bring a string, a Plural, a Message, a list of them or None to a list, fields still in braces."""
    if said is None:
        return []
    if isinstance(said, str):
        return [Message(said)]
    if isinstance(said, Message | Plural):
        return [said]
    if isinstance(said, Iterable) and not isinstance(said, Mapping | Set):
        return [one for part in said for one in flat(part)]
    raise TypeError(f"a prompt is a text, a Plural, a Message or a list of them, not {said!r}")


def fill(template: str, turn: Turn[Any]) -> str:
    """Put the fields of the turn's data into ``template``, written as the contact's language does."""
    if "{" not in template and "}" not in template:
        return template
    return "".join(part for pair in _pieces(template, turn) for part in pair)


def fill_url(template: str, turn: Turn[Any]) -> str:
    """Put fields into a URL, percent-encoded: a contact's words change neither its host nor its path."""
    return "".join(literal + quote(value, safe="") for literal, value in _pieces(template, turn))


def _pieces(template: str, turn: Turn[Any]) -> Iterator[tuple[str, str]]:
    """Give what stands before each field, and the field's value; at the end the rest, and nothing."""
    for literal, name, spec, _ in _FORMATTER.parse(template):
        yield literal, "" if name is None else turn.words.write(getattr(turn.data, name), spec or "", turn.zone)


def fields_of(template: str) -> Iterator[str]:
    """Name the fields in braces. Raises ValueError for braces that hold more than a name and a format."""
    return (name for name, _ in placeholders(template))


def placeholders(template: str) -> Iterator[tuple[str, str]]:
    """Give the name and the format of each field in braces. Raises ValueError as `fields_of`."""
    for _, name, spec, conversion in _FORMATTER.parse(template):
        if name is None:
            continue
        if not name.isidentifier() or conversion or "{" in (spec or ""):
            raise ValueError(f"{{{name}}} is not the name of a field; write {{{{ and }}}} for braces that stay")
        yield name, spec or ""


def literal(template: str) -> str:
    """Give what ``template`` says besides its fields."""
    return "".join(text for text, _, _, _ in _FORMATTER.parse(template))


def texts_of(says: object) -> Iterator[str]:
    """Give every text in ``says`` that a contact reads and that is known without a turn."""
    for one in [] if callable(says) else flat(says):
        if isinstance(one, Plural):
            yield from (one.one, one.many)
            continue
        yield from filter(None, (one.text, one.button.caption if one.button is not None else "", one.ttl_text))


def templates_of(says: object) -> Iterator[str]:
    """Give every text in ``says`` that may hold fields: what is read, and the URLs."""
    yield from texts_of(says)
    for one in [] if callable(says) else flat(says):
        if isinstance(one, Message):
            yield from filter(None, (one.image or "", one.button.url if one.button is not None else ""))


def static_messages(says: Says | None, choices: Choices | None = None, words: Words | None = None) -> list[Message]:
    """Make the messages of ``says`` in a language, as far as known without a turn: each field stands as one letter."""
    if callable(says):
        return []
    words = words or Words()
    said = [Message(max(words.forms(one), key=len)) if isinstance(one, Plural) else one for one in flat(says)]
    made = [_with_texts(message, lambda text: _outlined(words.gettext(text)), _outlined) for message in said]
    return _numbered(made, choices, words, 0) if choices else made


def _numbered(messages: list[Message], choices: Choices, words: Words, page: int) -> list[Message]:
    """Put the numbered list under the last message; alone when there is none, it shows no text or leaves no room."""
    last = messages[-1] if messages else Message()
    lines = choices.lines(words, last.text, page)
    alone = replace(last, text=lines, image=None, button=None)  # it travels as its question does
    together = f"{last.text}\n{lines}"
    if not last.text or viber.length(together) > viber.TEXT_LENGTH:
        return [*messages, alone]
    return [*messages[:-1], replace(last, text=together)]


def _outlined(template: str) -> str:
    return "".join(literal + ("x" if name is not None else "") for literal, name, _, _ in _FORMATTER.parse(template))


def _filled(said: Message | Plural, turn: Turn[Any]) -> Message:
    if isinstance(said, Plural):
        return Message(fill(turn.words.ngettext(said, int(getattr(turn.data, said.of))), turn))
    filled = _with_texts(said, lambda text: fill(turn.words.gettext(text), turn), lambda url: fill_url(url, turn))
    if filled.button is None:
        return filled
    caption = viber.clip(filled.button.caption, viber.CAPTION_LENGTH)
    return replace(filled, button=replace(filled.button, caption=caption))


def _spoken(said: Message | Plural, turn: Turn[Any]) -> Message:
    return _filled(said, turn) if isinstance(said, Plural) else _with_texts(said, turn.words.gettext, lambda url: url)


def _with_texts(message: Message, text: Callable[[str], str], url: Callable[[str], str]) -> Message:
    button = message.button
    return replace(
        message,
        text=text(message.text),
        image=url(message.image) if message.image is not None else None,
        button=replace(button, caption=text(button.caption), url=url(button.url)) if button is not None else None,
        ttl_text=text(message.ttl_text) if message.ttl_text is not None else None,
    )


def _fitting(message: Message) -> list[Message]:
    if viber.length(message.text) <= viber.TEXT_LENGTH:
        return [message]
    pieces = [piece for piece in viber.split(message.text) if piece.strip()]  # nothing but spaces is no message
    *first, last = pieces or [""]
    return [*(replace(message, text=piece, image=None, button=None) for piece in first), replace(message, text=last)]
