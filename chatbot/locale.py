"""Languages, zones and formats of a region: the one place that knows Babel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import cache
from gettext import c2py
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError, dates, numbers
from babel.core import get_global
from babel.languages import get_official_languages
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, read_po

from chatbot.errors import ConfigError


def is_language(name: str) -> bool:
    """Tell whether ``name`` is a language as catalogues name it: ``de``, ``pt_BR``."""
    try:
        Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return False
    return True


def fallbacks(language: str) -> Iterator[str]:
    """Give ``language`` and those that stand in for it, the nearest first, as CLDR has them: ``de_AT``, ``de``."""
    while language and language != "root":
        yield language
        language = get_global("parent_exceptions").get(language) or language.rpartition("_")[0]


def languages_of(region: str) -> tuple[str, ...]:
    """Give the official languages of a region (``"CH"``: ``de``, ``fr``, ``it``), the most spoken first."""
    return tuple(get_official_languages(region, de_facto=True))


def zone_of(region: str | None, default: str) -> ZoneInfo:
    """Give the zone of a region that has only one; ``default`` for all others. Raises ConfigError."""
    zones = get_global("territory_zones").get(region or "", [])
    name = zones[0] if len(zones) == 1 else _MAIN_ZONES.get(region or "", default)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"{name!r} is not a time zone; write it as in Europe/Berlin") from error


# Regions with one zone for nearly everybody and small exceptions.
_MAIN_ZONES = {
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "CN": "Asia/Shanghai",
}


def format_value(value: object, spec: str, language: str, zone: tzinfo = UTC) -> str:
    """Write ``value`` as a language writes it; a moment as clocks in ``zone`` show it, a time without a zone as it is.

    ``spec`` is ``date``, ``time``, ``datetime``, ``number``, ``percent``, a currency (``EUR``), or Python's own.
    Raises ValueError or TypeError when the value does not fit it.
    """
    locale = language or "en"
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(zone)
    if spec == "datetime" and isinstance(value, datetime):
        return dates.format_datetime(value, "short", locale=locale)
    if spec == "date" and isinstance(value, date):
        return dates.format_date(value, "long", locale=locale)
    if spec == "time" and isinstance(value, datetime | time):
        return dates.format_time(value, "short", locale=locale)
    if spec in _NUMBERS or is_currency(spec):
        if not isinstance(value, int | float | Decimal):
            raise TypeError(f"{value!r} is no number, and {{...:{spec}}} needs one")
        return (
            _NUMBERS[spec](value, locale) if spec in _NUMBERS else numbers.format_currency(value, spec, locale=locale)
        )
    return format(value, spec)


_NUMBERS: Mapping[str, Callable[[int | float | Decimal, str], str]] = {
    "number": lambda value, locale: numbers.format_decimal(value, locale=locale),
    "percent": lambda value, locale: numbers.format_percent(value, locale=locale),
}


# The separators in use besides those of one's own language: 1,000.5 and 1.000,5 and 1 000,5 and 1'000.5 and 1,00,000.
_USUAL = ("en", "de", "fr", "de_CH", "en_IN")
_WRITTEN = re.compile(r"([+-]?)([0-9](?:[0-9.,'٫٬ ]{0,28}[0-9])?)", re.ASCII)


def read_number(text: str, language: str) -> Decimal | None:
    """Read a number as the language writes it, else as others do; None when it is none, or could be two numbers.

    Separators stand where they belong, and digits are 0 to 9.
    """
    if (match := _WRITTEN.fullmatch(text)) is None:
        return None
    sign, digits = match[1], match[2].replace("٫", ".").replace("٬", ",")
    value = _as_written(digits, language)
    if value is None:
        found = {one for name in _USUAL if (one := _as_written(digits, name)) is not None}
        value = found.pop() if len(found) == 1 else None
    return -value if value is not None and sign == "-" else value


def _as_written(digits: str, language: str) -> Decimal | None:
    """Read digits with the separators of ``language`` and no others."""
    group, point = numbers.get_group_symbol(language), numbers.get_decimal_symbol(language)
    written = digits.replace(" ", group) if group.isspace() else digits
    written = written.replace("'", group) if group in "'’" else written
    if set(written) - {*"0123456789", group, point}:
        return None
    try:
        return numbers.parse_decimal(written, locale=language, strict=True)
    except numbers.NumberFormatError:
        return None


@dataclass(frozen=True, slots=True)
class DateWords:
    """What dates are made of in a language: month names (1 to 12), weekday names (Monday is 0), and words between."""

    months: tuple[tuple[str, int], ...]
    weekdays: tuple[tuple[str, int], ...]
    between: tuple[str, ...]


@cache
def date_words(language: str) -> DateWords:
    """Give the words of dates, long and short, as CLDR has them."""
    known = Locale.parse(language)
    between = re.findall(r"'([^']+)'|([^\W\d_A-Za-z]+)", known.date_formats["long"].pattern)
    forms = [(form, width) for form in ("format", "stand-alone") for width in ("wide", "abbreviated")]
    return DateWords(
        tuple((name, month) for form, width in forms for month, name in known.months[form][width].items()),
        tuple((name, day) for form, width in forms for day, name in known.days[form][width].items()),
        tuple(quoted or letters for quoted, letters in between),
    )


def is_currency(spec: str) -> bool:
    """Tell whether ``spec`` is the code of a currency: ``EUR``."""
    return len(spec) == 3 and spec.isupper() and numbers.is_currency(spec)


def read_catalogue(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a gettext ``.po`` file: each message with its translation, or its plural forms in order.

    Fuzzy and empty ones are left out. Raises ConfigError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except (OSError, PoFileError, ValueError) as error:
        raise ConfigError(f"{path}: not a gettext catalogue: {error}") from error
    found: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        forms = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
        key = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
        if key and all(forms) and not message.fuzzy:
            found[str(key)] = tuple(map(str, forms))
    return found


def plural_index(count: int, language: str) -> int:
    """Give the place of the plural form for ``count`` in a catalogue's list, by gettext's rule for the language."""
    return int(_plural_rule(language)(count))


def plural_count(language: str) -> int:
    """Give how many plural forms gettext has for the language."""
    return int(get_plural(language).num_plurals)


@cache
def _plural_rule(language: str) -> Callable[[int], int]:
    rule: Callable[[int], int] = c2py(get_plural(language).plural_expr)
    return rule
