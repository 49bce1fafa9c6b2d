"""Two choices that a contact cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import states
from chatbot.flows.choices import Choice
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.spelling import plain
from chatbot.flows.words import Languages


def find(flow: CompiledFlow, languages: Languages) -> Iterator[Finding]:
    """Report choices of one state with the same value, or with labels that read the same in some language."""
    for state in states(flow):
        if twin := _twin(state.choices.all, state.choices.values):
            yield Finding(
                state.at,
                "equal-choices",
                f"{state.name} offers the value {twin[0].value!r} twice",
                "give each choice a value of its own",
            )
        for words in languages.all():
            read = [plain(words.gettext(one.label)) for one in state.choices.all]
            if twin := _twin(state.choices.all, read):
                labels = " and ".join(repr(words.gettext(one.label)) for one in twin)
                yield Finding(
                    state.at,
                    "equal-choices",
                    f"{state.name} offers {labels} ({words.language}), which are read as the same answer",
                    "word one of them otherwise",
                )


def _twin(choices: tuple[Choice, ...], keys: Sequence[object]) -> tuple[Choice, Choice] | None:
    """Give the first two choices with the same key."""
    pairs = ((keys.index(key), place) for place, key in enumerate(keys))
    return next(((choices[first], choices[place]) for first, place in pairs if first != place), None)
