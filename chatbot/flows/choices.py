"""Choices: a numbered list, because a Viber button can only open a URL (gateway.md, *button*)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from chatbot import viber
from chatbot.flows.words import Words

MORE = "More"
_MORE_NUMBER = "0"


def plain(text: str) -> str:
    """Bring ``text`` to the form in which answers and keywords are compared: no case, single spaces."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers: the ``value`` that the flow sees and the ``label`` that the contact reads."""

    value: Any
    label: str


class Choices:
    """A list of choices, shown ``page`` at a time, or as many as one message holds.

    Made from values (each its own label), from a dict of values and labels, or from `Choice` objects.
    """

    def __init__(self, given: Sequence[str | Choice] | Mapping[Any, str], page: int | None = None) -> None:
        if isinstance(given, Mapping):
            self.all = tuple(Choice(value, label) for value, label in given.items())
        else:
            self.all = tuple(one if isinstance(one, Choice) else Choice(one, one) for one in given)
        self._page = page or len(self.all) or 1

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def values(self) -> tuple[Any, ...]:
        """The values, in the order they are numbered."""
        return tuple(choice.value for choice in self.all)

    def lines(self, words: Words, prompt: str = "", page: int = 0) -> str:
        """Write one page of the numbered list as it fits under ``prompt``; pages come round again."""
        pages = list(self._pages(words, prompt))
        return "\n".join(pages[page % len(pages)])

    def _lines(self, words: Words) -> list[str]:
        """Write each choice, and the word for more."""
        every = [f"{number}. {words.gettext(choice.label)}" for number, choice in enumerate(self.all, 1)]
        return [*every, f"{_MORE_NUMBER}. {words.gettext(MORE)}"]

    def _pages(self, words: Words, prompt: str) -> Iterator[list[str]]:
        *every, more = self._lines(words)
        room = viber.TEXT_LENGTH - viber.length(prompt) - 1
        if max(map(viber.length, every)) + 1 + viber.length(more) > room:
            room = viber.TEXT_LENGTH  # not even one choice fits: the list will be a message of its own
        if len(every) <= self._page and viber.length("\n".join(every)) <= room:
            yield every
            return
        shown: list[str] = []
        for line in every:
            if shown and (len(shown) == self._page or viber.length("\n".join([*shown, line, more])) > room):
                yield [*shown, more]
                shown = []
            shown.append(line)
        yield [*shown, more]

    def wants_more(self, text: str, words: Words, prompt: str = "") -> bool:
        """Tell whether ``text`` asks for the next page."""
        asked = plain(text).rstrip(".!)") in (_MORE_NUMBER, plain(words.gettext(MORE)))
        return asked and self.read(text, words) is None and len(list(self._pages(words, prompt))) > 1

    def read(self, text: str, words: Words) -> Choice | None:
        """Find what ``text`` chooses: by number (``1``, ``1.``), label or value, or a near miss; else None."""
        wanted = plain(text).rstrip(".!)")
        labels = self._names(lambda one: words.gettext(one.label), lambda one: one.label)
        names = {**self._names(lambda one: str(one.value)), **labels}
        if wanted.isascii() and wanted.isdigit() and wanted not in labels:
            inside = len(wanted) < 5 and 0 < int(wanted) <= len(self.all)
            return self.all[int(wanted) - 1] if inside else names.get(wanted)
        if wanted in names:
            return names[wanted]
        near = get_close_matches(wanted[:100], names, n=2, cutoff=0.8) if len(wanted) > 2 else []
        found = {id(names[name]): names[name] for name in near}
        return next(iter(found.values())) if len(found) == 1 else None

    def _names(self, *ways: Callable[[Choice], str]) -> dict[str, Choice]:
        names: dict[str, Choice] = {}
        for name_of in ways:
            for choice in self.all:
                names.setdefault(plain(name_of(choice)).rstrip(".!)"), choice)
        return names
