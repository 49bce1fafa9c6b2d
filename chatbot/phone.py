"""Phone numbers: one contact is one ``+E.164`` number, however it was written."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SENDER = re.compile(r"[A-Za-z0-9]{1,11}", re.ASCII)
_WIRE = re.compile(r"(?:\+|00)?([1-9][0-9]{6,14})", re.ASCII)


def is_e164(number: str) -> bool:
    """Tell whether ``number`` is written as ``+`` and 7 to 15 digits (ITU-T E.164)."""
    return _E164.fullmatch(number) is not None


def is_sender(text: str) -> bool:
    """Tell whether ``text`` can be a sender: ``+E.164``, a short code, 1 to 11 letters and digits (manual, *from*)."""
    return is_e164(text) or _SENDER.fullmatch(text) is not None


def from_wire(number: str) -> str:
    """Bring a number as the gateway writes it to ``+E.164``.

    ``+49…``, ``0049…`` and ``49…`` are one contact (gateway.md, *numbers*).
    Raises ValueError when it is none of these.
    """
    match = _WIRE.fullmatch(number.strip())
    if match is None:
        raise ValueError(f"not an international phone number: {mask(number)}")
    return "+" + match[1]


def from_person(number: str, region: str | None = None) -> str:
    """Bring a number as people write it (``+49 (0) 162-2943176``) to ``+E.164``.

    ``region`` (``"DE"``) makes national numbers readable. Raises ValueError, saying what is expected.
    """
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"not a phone number: {mask(number)}; write it as +491622943176") from error
    written = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    if not phonenumbers.is_possible_number(parsed) or not is_e164(written):
        raise ValueError(f"not a possible phone number: {mask(number)}; write it as +491622943176")
    return written


@lru_cache(maxsize=16_384)
def region_of(number: str) -> str | None:
    """Give the ISO 3166 region of a ``+E.164`` number (``"DE"``), or None when it has none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


def mask(number: str) -> str:
    """Shorten a number for logs: ``+491622943176`` becomes ``+4916…76``. Whole numbers are never logged."""
    if len(number) < 8:
        return "…"
    return f"{number[:5]}…{number[-2:]}" if number.isprintable() else "…"
