"""Days as people write them: ``24.11.``, ``Nov 24``, ``Friday``, ``tomorrow``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache

from chatbot import locale
from chatbot.flows.spelling import plain, unaccented
from chatbot.flows.words import Words

_RELATIVE = {"today": 0, "tomorrow": 1, "yesterday": -1}
_ORDINALS = ("of", "the", "st", "nd", "rd", "th", "er", "o")
"""What may stand beside a day besides the words of CLDR's patterns: 24th of November, 1er décembre, 1º de dezembro."""
_LONGEST = 60
_YEARS = 8
"""How far the next 29 February can be."""


def days_meant(text: str, words: Words, today: date, order: str) -> Iterator[date]:
    """Give the days that ``text`` may mean, the likeliest first; none when it is no day.

    ``order`` is ``DMY`` or ``MDY``, and holds for dates in figures that do not begin with their year.
    """
    said = plain(text)
    for name, distance in _RELATIVE.items():
        if said in (name, plain(words.gettext(name))):
            yield today + timedelta(days=distance)
    if len(said) > _LONGEST:
        return
    months, weekdays, between = _names(words.language, words.source)
    rest, month = unaccented(said), None
    if re.search("[0-9]", rest):
        month, rest = _take(months, rest)
        for word in between:
            _, rest = _take({word: 0}, rest)
    weekday, rest = _take(weekdays, rest)
    numbers = [part for part in re.split(r"[\s.,،/-]+", rest) if part]
    if not numbers and weekday is not None:
        ahead = (weekday - today.weekday() - 1) % 7 + 1
        yield today + timedelta(days=ahead)
        yield today + timedelta(days=ahead - 7)
    elif all(map(str.isdecimal, numbers)):
        yield from (day for day in _in_figures(numbers, month, today, order) if weekday in (None, day.weekday()))


def _in_figures(numbers: list[str], month: int | None, today: date, order: str) -> Iterator[date]:
    """Give the days that ``numbers`` may mean, beside a month that was named or not."""
    year, wanted = "", 2 if month is None else 1
    if len(numbers) == wanted + 1:
        first = len(numbers[0]) == 4
        year = numbers.pop(0 if first else -1)
        order = "MDY" if first else order
    if len(numbers) != wanted or len(year) not in (0, 2, 4) or any(len(number) > 2 for number in numbers):
        return
    if month is None:
        one, other = map(int, numbers)
        day, month = (one, other) if order == "DMY" else (other, one)
    else:
        day = int(numbers[0])
    if year:
        century = today.year // 100 * 100
        years = [int(year)] if len(year) == 4 else [century + int(year), century - 100 + int(year)]
        yield from _that_exist(years, month, day)
        return
    known = list(_that_exist(range(today.year - _YEARS, today.year + _YEARS + 1), month, day))
    yield from [one for one in known if one >= today][:1]
    yield from [one for one in known if one < today][-1:]


def _that_exist(years: range | list[int], month: int, day: int) -> Iterator[date]:
    for year in years:
        try:
            yield date(year, month, day)
        except ValueError:
            continue


def _take(names: Mapping[str, int], text: str) -> tuple[int | None, str]:
    """Find one of ``names`` as a word of its own. Gives what it stands for, and the text without it."""
    for name, value in names.items():
        before, after = (r"[^\W_]" if end.isdecimal() else r"[^\W\d_]" for end in (name[0], name[-1]))
        rest, found = re.subn(rf"(?<!{before}){re.escape(name)}(?!{after})", " ", text, count=1)
        if found:
            return value, rest
    return None, text


@cache
def _names(language: str, source: str) -> tuple[dict[str, int], dict[str, int], tuple[str, ...]]:
    """Give the names of months and of weekdays, and the words between, in the language and in that of the flow."""
    known = [locale.date_words(name) for name in (*locale.fallbacks(language), source) if locale.is_language(name)]
    months = _with_beginnings([pair for one in known for pair in one.months])
    weekdays = _with_beginnings([pair for one in known for pair in one.weekdays])
    between = [unaccented(plain(word)) for one in known for word in one.between]
    return months, weekdays, (*filter(None, between), *_ORDINALS)


def _with_beginnings(pairs: list[tuple[str, int]]) -> dict[str, int]:
    """Give each name, and what it begins with where no other name does (Sept, Thurs, terça), the longest first."""
    names: dict[str, int] = {}
    meanings: dict[str, set[int]] = {}
    for name, value in pairs:
        word = unaccented(plain(name))
        names.setdefault(word, value)
        for end in range(3, len(word)):
            meanings.setdefault(word[:end].rstrip("- "), set()).add(value)
    names = {**{start: min(values) for start, values in meanings.items() if len(values) == 1}, **names}
    return dict(sorted(names.items(), key=lambda pair: -len(pair[0])))
