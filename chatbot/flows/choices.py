"""Choices: a numbered list, because a Viber button can only open a URL (gateway.md, *button*)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot import viber
from chatbot.flows.spelling import is_near, plain
from chatbot.flows.words import Words

MORE = "More"
_MORE_NUMBER = "0"
_COPIED = re.compile(r"([0-9]{1,4})(?:[.):]\s?|\s)(.+)")


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
            self.all = tuple(Choice(value, str(label)) for value, label in given.items())
        else:
            self.all = tuple(one if isinstance(one, Choice) else Choice(one, str(one)) for one in given)
        self._page = page or len(self.all) or 1

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def values(self) -> tuple[Any, ...]:
        """The values, in the order they are numbered."""
        return tuple(choice.value for choice in self.all)

    @property
    def labels(self) -> list[str]:
        """The labels as the flow writes them, in the order they are numbered."""
        return [choice.label for choice in self.all]

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
        if max(map(viber.length, every), default=0) + 1 + viber.length(more) > room:
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

    def wants_more(self, text: str, words: Words, prompt: str = "", shown: Sequence[str] | None = None) -> bool:
        """Tell whether ``text`` asks for the next page."""
        more = {MORE, words.gettext(MORE)}
        asks = {_MORE_NUMBER, *map(plain, more), *(plain(f"{_MORE_NUMBER}. {word}") for word in more)}
        asked = plain(text) in asks and self.read(text, words, shown) is None
        return asked and len(list(self._pages(words, prompt))) > 1

    def read(self, text: str, words: Words, shown: Sequence[str] | None = None) -> Choice | None:
        """Find what ``text`` chooses: by label, number or value, a copy of its line, or a near miss; else None.

        ``shown`` are the labels that the contact has seen: a number means the one that stood under it, and one that is
        not offered any more chooses nothing. None: those of these choices.
        """
        said = plain(text)
        labels = self._by_label(words, shown or ())
        if said in labels:
            return labels[said]
        listed = self._as_shown(shown)
        if said.isdecimal() and len(said) < 5 and 0 < int(said) <= len(listed):
            return listed[int(said) - 1]
        if (named := next((one for one in self.all if plain(str(one.value)) == said), None)) is not None:
            return named
        if (copied := _COPIED.fullmatch(said)) and 0 < int(copied[1]) <= len(listed):
            choice = listed[int(copied[1]) - 1]
            if choice is not None and labels.get(copied[2]) is choice:
                return choice
        near = {id(choice): choice for label, choice in labels.items() if is_near(said, label)}
        return next(iter(near.values())) if len(near) == 1 else None

    def _as_shown(self, shown: Sequence[str] | None) -> list[Choice | None]:
        """Give the choice behind each number that the contact has seen; None for one that is not offered any more."""
        if shown is None or list(shown) == self.labels:
            return list(self.all)
        known = {choice.label: choice for choice in self.all}
        return [known.get(label) for label in shown]

    def _by_label(self, words: Words, shown: Sequence[str]) -> dict[str, Choice | None]:
        """Find each choice by what its label reads; None for one that was shown and is not offered any more."""
        found: dict[str, Choice | None] = {}
        for choice in self.all:
            found.setdefault(plain(words.gettext(choice.label)), choice)
        for choice in self.all:
            found.setdefault(plain(choice.label), choice)
        for label in shown:
            found.setdefault(plain(words.gettext(label)), None)
            found.setdefault(plain(label), None)
        return found
