"""Typed questions: what a state may ask besides choices, and how an answer in plain text is read.

Each says in the author's words (``sorry``) what is wrong with an answer; the question is then asked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, Protocol

from chatbot import locale, phone
from chatbot.flows.days import days_meant
from chatbot.flows.functions import at_once
from chatbot.flows.spelling import plain
from chatbot.flows.turn import Turn


class Question(Protocol):
    """Anything with a ``sorry`` text, and ``read``, which gives the answer's value or raises ValueError."""

    @property
    def sorry(self) -> str:
        """What the contact is told when the answer does not fit. It may hold fields of the data."""

    def read(self, text: str, turn: Turn[Any]) -> Any:
        """Read ``text``. Raises ValueError when it is no answer; a text in it is said instead of ``sorry``."""


_MOST = 10**15
_THOUSANDTHS = -3
"""The exponent of a number with three decimals, which may be thousands to whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number from ``least`` to ``most``: an int, or a Decimal when ``whole`` is False.

    Separators are read as in the contact's language (``1.000,50`` in German, ``1,000.50`` in English), and those of
    other languages where they can mean one number only. What could be two is asked again: ``1.000`` in French, and
    ``1.000`` in English where a whole number is wanted.
    """

    least: float | None = None
    most: float | None = None
    whole: bool = True
    sorry: str = "Please write a number."

    def read(self, text: str, turn: Turn[Any]) -> int | Decimal:
        """Read a number. Raises ValueError."""
        value = locale.read_number(plain(text), turn.words.language)
        if value is None or abs(value) >= _MOST:
            raise ValueError
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            raise ValueError
        if not self.whole:
            return value
        if value != value.to_integral_value() or value.as_tuple().exponent == _THOUSANDTHS:
            raise ValueError
        return int(value)


@dataclass(frozen=True, slots=True)
class Date:
    """A day, from ``earliest`` to ``latest``, which count from the contact's today.

    In figures (``2026-11-24``, ``24.11.2026``, ``24/11/26``, ``24.11.``), with the month in words (``24 November``,
    ``Nov 24, 2026``), as a weekday, or as ``today``, ``tomorrow``, ``yesterday``; names are those of the contact's
    language and of the flow's. ``order`` says how figures are read that do not begin with the year.

    Where a day can be several, the first of these that the question allows is meant. Without a year: the next such day,
    today included; then the last one. A weekday: the next one, in a week if it is today's; then the last one. A year of
    two figures: that of this century; then that of the last, so a date of birth needs ``latest=days(0)``.
    """

    earliest: timedelta | None = None
    latest: timedelta | None = None
    order: Literal["DMY", "MDY"] = "DMY"
    sorry: str = "Please write a date, as in 24.11.2026."

    def read(self, text: str, turn: Turn[Any]) -> date:
        """Read a day. Raises ValueError."""
        today = turn.today
        for day in days_meant(text, turn.words, today, self.order):
            if self.earliest is not None and day < today + self.earliest:
                continue
            if self.latest is None or day <= today + self.latest:
                return day
        raise ValueError


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A phone number, brought to ``+E.164``; a national one is read as in the contact's own region."""

    sorry: str = "Please write a phone number, as in +49 162 2943176."

    def read(self, text: str, turn: Turn[Any]) -> str:
        """Read a number. Raises ValueError."""
        try:
            return phone.from_person(text.strip()[:40], phone.region_of(turn.contact))
        except ValueError:
            raise ValueError from None


_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address, in the shape that people have; its domain comes back in small letters."""

    sorry: str = "Please write an e-mail address, as in ada@example.org."

    def read(self, text: str, turn: Turn[Any]) -> str:  # noqa: ARG002
        """Read an address. Raises ValueError."""
        if _EMAIL.fullmatch(address := text.strip().rstrip(".!) ")) is None or ".." in address:
            raise ValueError
        name, _, domain = address.rpartition("@")
        return f"{name}@{domain.lower()}"


_YES = frozenset({"yes", "y", "yeah", "yep", "ok", "okay", "sure", "1", "👍"})
_NO = frozenset({"no", "n", "nope", "2", "👎"})


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes or no: True or False. The translations of ``yes`` and ``no`` are understood too."""

    sorry: str = "Please answer yes or no."

    def read(self, text: str, turn: Turn[Any]) -> bool:
        """Read yes or no. Raises ValueError."""
        word = plain(text)
        if word in _YES or word == plain(turn.words.gettext("yes")):
            return True
        if word in _NO or word == plain(turn.words.gettext("no")):
            return False
        raise ValueError


@dataclass(frozen=True, slots=True)
class FreeText:
    """Any text that is not empty, of at most ``longest`` characters.

    ``check`` may refuse it: it gives what is wrong in words, or None when all is well.
    """

    check: Callable[[str], str | None] | None = None
    longest: int = 500
    sorry: str = "Please write a few words."

    def read(self, text: str, turn: Turn[Any]) -> str:  # noqa: ARG002
        """Read the text, without the spaces around it. Raises ValueError."""
        said = text.strip()
        if not said or len(said) > self.longest:
            raise ValueError
        if self.check is not None and (wrong := at_once(self.check, said)):
            raise ValueError(wrong)
        return said
