"""A text that a catalogue does not translate."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import Said, said, states
from chatbot.flows.choices import MORE
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.says import flat, literal
from chatbot.flows.words import Languages, Plural


def find(flow: CompiledFlow, languages: Languages) -> Iterator[Finding]:
    """Report each text with words in it, and each label, that a language lacks."""
    needed = [(one.at, text) for one in said(flow) for text in _texts(one) if any(map(str.isalpha, literal(text)))]
    needed += [(state.at, MORE) for state in states(flow) if state.page is not None]
    for words in languages.translated():
        for at, text in needed:
            if not words.translates(text):
                yield Finding(
                    at,
                    "missing-translation",
                    f"{words.language} has no {text!r}",
                    f"add it to a catalogue in locale/{words.language}/LC_MESSAGES",
                )


def _texts(said: Said) -> Iterator[str]:
    """Give the message ids of what is said."""
    for one in [] if callable(said.says) else flat(said.says):
        if isinstance(one, Plural):
            yield one.one
        else:
            yield from filter(None, (one.text, one.button.caption if one.button is not None else ""))
    yield from (choice.label for choice in (said.choices.all if said.choices is not None else ()))
