"""The log's lines: whatever contacts, gateways and flows have put into them, fit for a terminal and for many eyes."""

from __future__ import annotations

import logging
import re

from chatbot import phone
from chatbot.cli.terminal import harmless

FORMAT = "%(asctime)s %(levelname)-8s %(name)s: %(message)s"

# Nine digits in a row, or a number as people write one: from + or 0, with a space, a bracket or a dash between digits.
_NUMBER = re.compile(r"\+?[0-9]{9,}|(?:\+|(?<![0-9.:-])0)[0-9](?:[ ()/-]{0,3}[0-9]){6,}", re.ASCII)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class Discreet(logging.Formatter):
    """Masks every number that could be a phone number, and lets no text end a line, forge one or steer a terminal.

    A traceback keeps its lines, each indented, so that none looks like the beginning of an entry.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one entry."""
        lines = _LINE_BREAK.split(super().format(record).rstrip())
        return masked(harmless("\n    ".join(lines)))


def masked(text: str) -> str:
    """Mask every number in ``text`` that could be a phone number."""
    return _NUMBER.sub(lambda match: phone.mask(match[0]), text)
