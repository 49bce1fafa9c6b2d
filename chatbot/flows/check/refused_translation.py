"""A translation that Viber or the gateway would refuse."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot import viber
from chatbot.errors import MatrixError
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import said
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.says import static_messages
from chatbot.flows.words import Languages


def find(flow: CompiledFlow, languages: Languages) -> Iterator[Finding]:
    """Report each message that the matrix or a length refuses once it is translated."""
    for words in languages.translated():
        for one in said(flow):
            try:
                for message in static_messages(one.says, one.choices, words):
                    viber.check(message)
            except MatrixError as error:
                yield Finding(
                    one.at, "refused-translation", f"{one.what} in {words.language}: {error}", "make it shorter"
                )
            except ValueError:
                continue  # broken-translation tells of it
