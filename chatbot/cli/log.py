"""The log's lines: whatever contacts, gateways and flows have put into them, fit for a terminal and for many eyes."""

from __future__ import annotations

import logging
import re

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


class Discreet(logging.Formatter):
    """Masks every number that could be a phone number, and lets no text end a line, forge one or steer a terminal.

    A traceback keeps its lines, each indented, so that none looks like the beginning of an entry.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one entry."""
        lines = _LINE_BREAK.split(super().format(record).rstrip())
        return harmless(masked("\n    ".join(lines)))


def masked(text: str) -> str:
    """Mask every number in ``text`` that could be a phone number."""
    return _NUMBER.sub(lambda found: found[0] if found["spared"] else phone.mask(found[0]), text)
