"""A field in a text that cannot be written there."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.formats import why_missing, why_uncountable, why_unwritable
from chatbot.flows.check.written import said
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.says import flat, templates_of
from chatbot.flows.words import Plural


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each field that a text cannot show: its type does not fit the format, or it may be None.

    So is a `Plural` that counts no number, and a list or a dataclass without a text of its own.
    """
    for one in said(flow):
        for template in templates_of(one.says):
            if why := why_unwritable(template, one.flow.data_type):
                yield Finding(one.at, "unwritable-field", f"{one.what}: {why}", "mend the format or the field's type")
            elif why := why_missing(template, one.flow.data_type):
                yield Finding(one.at, "unwritable-field", f"{one.what}: {why}", DEFAULT)
        for text in [] if callable(one.says) else flat(one.says):
            if isinstance(text, Plural) and (why := why_uncountable(text, one.flow.data_type)):
                yield Finding(one.at, "unwritable-field", f"{one.what}: {why}", DEFAULT)


DEFAULT = "give the field a number or a value as its default, and a type without None"
