"""What a state may ask, and how an answer in plain text is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


def plain(text: str) -> str:
    """Bring ``text`` to the form in which answers and keywords are compared: no case, single spaces."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers: the ``value`` that the flow sees and the ``label`` that the contact reads."""

    value: Any
    label: str


class Choices:
    """A numbered list, because a Viber button can only open a URL (gateway.md, *button*)."""

    def __init__(self, given: Sequence[str | Choice] | Mapping[Any, str]) -> None:
        if isinstance(given, Mapping):
            self.all = tuple(Choice(value, label) for value, label in given.items())
        else:
            self.all = tuple(one if isinstance(one, Choice) else Choice(one, one) for one in given)

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def values(self) -> tuple[Any, ...]:
        """The values, in the order they are numbered."""
        return tuple(choice.value for choice in self.all)

    def lines(self) -> str:
        """Write the numbered list as the contact reads it."""
        return "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(self.all, 1))

    def read(self, text: str) -> Choice | None:
        """Find what ``text`` chooses: by number (``1``, ``1.``), label or value, or a near miss; else None."""
        wanted = plain(text).rstrip(".!)")
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 5:
            place = int(wanted) - 1
            return self.all[place] if 0 <= place < len(self.all) else None
        names: dict[str, Choice] = {}
        for choice in self.all:
            names.setdefault(plain(choice.label).rstrip(".!)"), choice)
        for choice in self.all:
            names.setdefault(plain(str(choice.value)), choice)
        if wanted in names:
            return names[wanted]
        near = get_close_matches(wanted[:100], names, n=2, cutoff=0.8)
        found = {id(names[name]): names[name] for name in near}
        return next(iter(found.values())) if len(found) == 1 else None
