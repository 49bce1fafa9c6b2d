"""A plural that a catalogue does not translate in all forms of the language."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot import locale
from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import said
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.says import flat
from chatbot.flows.words import Languages, Plural


def find(flow: CompiledFlow, languages: Languages) -> Iterator[Finding]:
    """Report each `Plural` whose translation has more or fewer forms than the language."""
    for words in languages.translated():
        wanted = locale.plural_count(words.language)
        for one in said(flow):
            for text in [] if callable(one.says) else flat(one.says):
                forms = words.catalogue.get(text.one, ()) if isinstance(text, Plural) else ()
                if forms and isinstance(text, Plural) and len(forms) != wanted:
                    yield Finding(
                        one.at,
                        "plural-forms",
                        f"{words.language} has {len(forms)} of {wanted} forms of {text.one!r}",
                        "write msgid_plural and each msgstr[n]",
                    )
