"""A text, or a word that is understood, that a language of the bot lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import Said, is_paged, rows, said, states
from chatbot.flows.choices import MORE
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.questions import Date, Question, YesNo
from chatbot.flows.says import flat, literal
from chatbot.flows.source import Location
from chatbot.flows.words import Languages, Plural, Words


def find(flow: CompiledFlow, languages: Languages) -> Iterator[Finding]:
    """Report each text with letters in it that a language lacks: what is said, labels, and words that are understood.

    The words that are understood are those of ``text("stop")``, and the framework's own where a flow uses them: ``yes``
    and ``no``, ``today`` and the like, and ``More`` under a list that is paged. Texts inside functions cannot be seen.
    """
    for words in languages.translated():
        for at, text in _needed(flow, words):
            if not words.translates(text) and any(map(str.isalpha, text)):
                yield Finding(
                    at,
                    "missing-translation",
                    f"{words.language} has no {text!r}",
                    f"add it to a catalogue in locale/{words.language}/LC_MESSAGES",
                )


def _needed(flow: CompiledFlow, words: Words) -> Iterator[tuple[Location, str]]:
    """Give the message ids that the flow needs in a language, each where it is written."""
    for one in said(flow):
        yield from ((one.at, text) for text in _texts(one) if any(map(str.isalpha, literal(text))))
        yield from ((one.at, choice.label) for choice in (one.choices.all if one.choices is not None else ()))
    for state in states(flow):
        yield from ((state.at, word) for word in _understood(state.ask))
        if is_paged(state, words):
            yield state.at, MORE
    for _, row, _ in rows(flow):
        yield from ((row.at, word) for word in (row.trigger.values if row.trigger.kind == "text" else ()))


def _texts(said: Said) -> Iterator[str]:
    """Give the message ids of what is said."""
    for one in [] if callable(said.says) else flat(said.says):
        if isinstance(one, Plural):
            yield one.one
        else:
            yield from filter(None, (one.text, one.button.caption if one.button is not None else "", one.ttl_text))


def _understood(question: Question | None) -> Iterator[str]:
    """Give the words of its own that a question understands."""
    match question:
        case YesNo():
            yield from ("yes", "no")
        case Date(earliest=earliest, latest=latest):
            for word, distance in (("yesterday", -1), ("today", 0), ("tomorrow", 1)):
                day = timedelta(days=distance)
                if (earliest is None or earliest <= day) and (latest is None or day <= latest):
                    yield word
