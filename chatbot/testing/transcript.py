"""A conversation as text: what a `.chat` file holds, read into steps and written back.

    # large parcel
    flow     pickup
    contact  +491622943176
    clock    2026-11-24 10:00

    user     pickup
    bot      Parcel or letter?
             1. parcel
             2. letter
    wait     29m
    receipt  UNDELIVERABLE
    state    on_call

A word at the start of a line begins a step; an indented line goes on with it, over empty lines too. Spaces at the ends
of lines count for nothing. A file may hold several conversations: each begins with its ``flow`` line, and the comment
above it is its title. ``clock`` is what the contact's clock shows at the start.

A contact replies to the bot's last message, and a receipt is for it, unless the step begins by quoting an earlier one:
as much of it as tells which one is meant.

    user     > Parcel or letter?
             letter
    receipt  > Where do we
             DELIVERED SMS

``start    survey {"product": "van"}`` starts a flow from outside, with fields of its data.

No slow call is made: below the step that leads to one stands how it ends, ``invoke   quote -> "12.50"`` with its result
in JSON, or ``invoke   quote ! no such street``. A call that no line tells of fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from chatbot import codec, phone
from chatbot.messages import Message

T = TypeVar("T")

INDENT = 9
CONTACT = "+491622943176"
STEPS = ("user", "bot", "wait", "receipt", "state", "invoke", "start")
INPUTS = ("user", "wait", "receipt", "start")
HEADERS = ("flow", "contact", "clock")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd])")


class TranscriptError(ValueError):
    """A `.chat` file cannot be read; the text begins with ``file:line``."""


@dataclass(slots=True)
class Step:
    """One line of a conversation, with those that go on with it. ``line`` counts from 1."""

    word: str
    text: str
    line: int


@dataclass(slots=True)
class Transcript:
    """One conversation: which flow, with whom, and its steps.

    ``clock`` is what the contact's clock shows at the start, or None where that does not matter.
    """

    title: str
    flow: str
    contact: str
    line: int
    clock: datetime | None = None
    steps: list[Step] = field(default_factory=list)


def parse(text: str, name: str = "transcript") -> list[Transcript]:
    """Read the conversations of a `.chat` file called ``name``. Raises TranscriptError with file and line."""
    found: list[Transcript] = []
    title = ""
    for step in _steps(text, name):
        if step.word == "#":
            title = step.text
            continue
        if not step.text:
            raise TranscriptError(f"{name}:{step.line}: {step.word} stands alone; write after it what it is")
        if step.word == "flow":
            found.append(Transcript(title or step.text, step.text, CONTACT, step.line))
        elif not found:
            raise TranscriptError(f"{name}:{step.line}: a conversation begins with its flow; write: flow     pickup")
        elif step.word == "contact":
            found[-1].contact = _told(phone.from_person, step, name)
        elif step.word == "clock":
            found[-1].clock = _told(clock_of, step, name)
        else:
            _check(step, found[-1].steps, name)
            found[-1].steps.append(step)
        title = ""
    if not found:
        raise TranscriptError(f"{name}:1: there is no conversation; write: flow     pickup")
    return found


def _steps(text: str, name: str) -> Iterator[Step]:
    current: Step | None = None
    empty = 0
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = raw.rstrip()
        if not line:
            empty += 1
            continue
        gap, empty = "\n" * (empty + 1), 0
        if line[0] in " \t":
            if current is None or current.word not in STEPS:
                raise TranscriptError(
                    f"{name}:{number}: an indented line goes on with a step, and there is none above it"
                )
            current.text += gap + (line[INDENT:] if line[:INDENT].isspace() else line.strip())
            continue
        if current is not None:
            yield current
            current = None
        if line.startswith("#"):
            yield Step("#", line[1:].strip(), number)
        else:
            word, _, rest = line.partition(" ")
            if word not in (*STEPS, *HEADERS):
                near = get_close_matches(word, [*STEPS, *HEADERS], n=1)
                hint = (
                    f"did you mean {near[0]}?" if near else f"a line begins with one of {', '.join((*HEADERS, *STEPS))}"
                )
                raise TranscriptError(f"{name}:{number}: {word!r} begins no step; {hint}")
            current = Step(word, rest.strip(), number)
    if current is not None:
        yield current


def _told(read: Callable[[str], T], step: Step, name: str) -> T:
    """Read what ``step`` tells. Raises TranscriptError, with file and line, where ``read`` raises ValueError."""
    try:
        return read(step.text)
    except ValueError as error:
        raise TranscriptError(f"{name}:{step.line}: {error}") from error


def _check(step: Step, before: list[Step], name: str) -> None:
    try:
        if step.word == "wait":
            seconds_of(step.text)
        elif step.word == "start":
            start_of(step.text)
        elif step.word == "invoke":
            invocation_of(step.text)
            if not any(one.word in INPUTS for one in before):
                raise ValueError("invoke goes below the user, wait, receipt or start that makes the flow call")
    except ValueError as error:
        raise TranscriptError(f"{name}:{step.line}: {error}") from error


def clock_of(text: str) -> datetime:
    """Read what a clock on the wall shows: ``2026-11-24 10:00``. Raises ValueError."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the contact's zone tells the rest
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day and a time; write clock    2026-11-24 10:00") from error


def seconds_of(text: str) -> float:
    """Read a duration: ``30s``, ``29m``, ``1h 30m``, ``2d``. Raises ValueError."""
    if _DURATION.sub("", text).strip() or not text.strip():
        raise ValueError(f"{text!r} is not a duration; write 30s, 29m, 1h 30m or 2d")
    return sum(float(count) * _UNITS[unit] for count, unit in _DURATION.findall(text))


def invocation_of(text: str) -> tuple[str, str, bool]:
    """Read ``quote -> "12.50"`` or ``quote ! no such street``: the function, its JSON or error, and if it went well.

    Raises ValueError.
    """
    for mark, ok in ((" -> ", True), (" ! ", False)):
        name, found, rest = text.partition(mark)
        if found and name.strip().isidentifier():
            if ok:
                _check_json(rest.strip())
            return name.strip(), rest.strip(), ok
    raise ValueError(f'{text!r} is not the end of a call; write: quote -> "12.50", or: quote ! what went wrong')


def quote_of(text: str) -> tuple[str, str]:
    """Part a step from the message that it quotes: ``> Which day?`` above it. The quote is "" when there is none."""
    first, _, rest = text.partition("\n")
    return (first.removeprefix(">").strip(), rest) if first.startswith(">") and rest else ("", text)


def start_of(text: str) -> tuple[str, dict[str, Any]]:
    """Read ``survey {"product": "van"}``: the flow, and the fields of its data. Raises ValueError."""
    flow, _, fields = text.partition(" ")
    try:
        return flow, codec.loads(fields or "{}", dict[str, Any])
    except codec.CodecError as error:
        raise ValueError(f'{fields} is not a JSON object ({error}); write: survey {{"product": "van"}}') from error


def _check_json(text: str) -> None:
    try:
        codec.loads(text, object)
    except codec.CodecError as error:
        raise ValueError(f'{text} is not JSON ({error}); write a text in quotes: "12.50"') from error


def wrote(word: str, text: str) -> str:
    """Write one step as lines of a transcript."""
    first, *rest = text.split("\n")
    return "\n".join([f"{word:<{INDENT}}{first}".rstrip(), *(f"{'':<{INDENT}}{line}".rstrip() for line in rest)])


def text_of(message: Message) -> str:
    """Write what a message shows as a ``bot`` step has it: its text, then its image and its button."""
    lines = [message.text] if message.text else []
    if message.image is not None:
        lines.append(f"image  {message.image}")
    if message.button is not None:
        lines.append(f'button "{message.button.caption}" -> {message.button.url}')
    return _visible("\n".join(lines))


def _visible(text: str) -> str:
    """Leave out what a transcript cannot hold: the spaces at the ends of lines, the empty lines at both ends."""
    lines = re.sub(r"\r\n?", "\n", text).strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)


class Captures:
    """Compares what a bot says with what is expected; ``{name}`` takes any text, and the same one each time."""

    _NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}

    def match(self, expected: str, said: str) -> bool:
        """Tell whether ``said`` is what ``expected`` describes, and keep what its names took if so."""
        expected = _visible(expected)
        pattern, names = "", set()
        position = 0
        for hit in self._NAME.finditer(expected):
            pattern += re.escape(expected[position : hit.start()])
            name, position = hit[1], hit.end()
            if name in self.taken:
                pattern += re.escape(self.taken[name])
            elif name in names:
                pattern += f"(?P={name})"
            else:
                pattern += f"(?P<{name}>.+?)"
                names.add(name)
        found = re.fullmatch(pattern + re.escape(expected[position:]), said, re.DOTALL)
        if found is not None:
            self.taken.update(found.groupdict())
        return found is not None
