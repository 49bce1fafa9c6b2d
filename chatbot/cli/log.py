"""The log's lines: whatever contacts, gateways and flows have put into them, fit for a terminal and for many eyes."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import TypeAlias

from chatbot import phone
from chatbot.cli.terminal import harmless

FORMAT = "%(asctime)s %(levelname)-8s %(name)s: %(message)s"

# What people put between the digits of a number, also what nobody sees of it, and a space in a URL.
_BETWEEN = r"[ ()./_%\u00a0\u00ad\u00b7\u2007-\u2015\u202a-\u202f\u2060\u2212-]{0,3}"
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_DATE = rf"""
    (?<![\d+])(?:{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}|{_DAY}[-/.]{_MONTH}[-/.]{_YEAR})(?=[T ]\d\d:\d\d|(?!{_BETWEEN}\d\d))
"""
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_NEXT = rf"(?:{_BETWEEN}(?!{_DATE})\d)"
_NUMBER = re.compile(
    rf"""
    (?P<spared> {_DATE} | (?<![\d.+])(?:{_OCTET}\.){{3}}{_OCTET}(?!\.?\d) | (?<![\d.])0\.\d{{1,8}}(?![\d.]) )
    | [+＋]?\d{{9,}}                                  # in a row
    | (?: [+＋] | (?<![\d.:-])0 )\d{_NEXT}{{6,}}      # as people write it, from + or 0
    | (?<!\d)\d{_NEXT}{{9,}}                          # without either it has a country code
    """,
    re.VERBOSE,
)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_FRAMES, _ERRORS = 20, 3
"""How many places of an error, the innermost, and how many errors that led to it a log entry holds."""

_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    """Masks every number that could be a phone number, and lets no text end a line, forge one or steer a terminal.

    Of an error it gives the places that it came through and its type, each on an indented line: its text may hold what
    a contact wrote, and `chatbot erase` reaches no log. With ``in_full`` it gives the text too.
    """

    def __init__(self, form: str, *, in_full: bool = False) -> None:
        super().__init__(form)
        self._in_full = in_full

    def format(self, record: logging.LogRecord) -> str:
        """Write one entry."""
        lines = _LINE_BREAK.split(super().format(record).rstrip())
        return harmless(masked("\n    ".join(lines)))

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - the name is logging's
        """Write an error, with what led to it before it."""
        if self._in_full or ei[1] is None:
            return super().formatException(ei)
        return "\n".join(_outline(ei[1]))


def _outline(error: BaseException, errors: int = _ERRORS) -> Iterator[str]:
    led_to_it = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if led_to_it is not None and errors > 1:
        yield from _outline(led_to_it, errors - 1)
    for frame, line in [*traceback.walk_tb(error.__traceback__)][-_FRAMES:]:
        yield f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
    yield type(error).__name__


def masked(text: str) -> str:
    """Mask every number in ``text`` that could be a phone number."""
    return _NUMBER.sub(lambda found: found[0] if found["spared"] else phone.mask(found[0]), text)
