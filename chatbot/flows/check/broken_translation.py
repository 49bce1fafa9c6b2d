"""A translation that does not say the same fields as its source."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.formats import why_unwritable
from chatbot.flows.check.written import said
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.says import fields_of, flat
from chatbot.flows.words import Languages, Plural
from chatbot.messages import Message


def find(flow: CompiledFlow, languages: Languages) -> Iterator[Finding]:
    """Report each translation with fields that its source lacks, without some of them, or in a format that fails."""
    for words in languages.translated():
        for one in said(flow):
            for text in [] if callable(one.says) else flat(one.says):
                for source in _sources(text):
                    for form in words.catalogue.get(source, ()):
                        if why := _why(source, form, one.flow.data_type):
                            yield Finding(
                                one.at,
                                "broken-translation",
                                f"{words.language} has {form!r} for {source!r}: {why}",
                                "mend it in the catalogue",
                            )


def _sources(text: Message | Plural) -> list[str]:
    if isinstance(text, Plural):
        return [text.one]
    return [text.text, *([text.button.caption] if text.button is not None else [])]


def _why(source: str, form: str, data_type: type) -> str:
    try:
        wanted, found = set(fields_of(source)), set(fields_of(form))
    except ValueError as error:
        return str(error)
    if wanted != found:
        return f"the fields are {', '.join(sorted(found)) or 'none'}, not {', '.join(sorted(wanted)) or 'none'}"
    return why_unwritable(form, data_type)
