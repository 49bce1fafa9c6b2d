"""What is given to a command: a contact's number, a text."""

from __future__ import annotations

import click

from chatbot import phone
from chatbot.errors import ConfigError


def read_contact(written: str, *, kept: bool = False) -> str:
    """Bring a number to ``+E.164``: as people write it, or as the gateway does (``+49…``, ``0049…``, ``49…``).

    One that is ``kept`` in the store may be a number that no region has. Raises ConfigError, saying what is expected.
    """
    number = written.strip()
    if number[:1].isdigit():
        number = "+" + number.removeprefix("00")
    if kept and phone.is_e164(number):
        return number
    try:
        return phone.from_person(number)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def text(given: str) -> str:
    """Take a text that JSON can hold: bytes that are no UTF-8 reach us as half surrogate pairs, and are refused."""
    if any("\ud800" <= character <= "\udfff" for character in given):
        raise click.BadParameter("it is not UTF-8")
    return given
