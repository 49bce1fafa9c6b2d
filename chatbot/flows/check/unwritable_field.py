"""A field in a text that its format cannot write."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.formats import why_unwritable
from chatbot.flows.check.written import said
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.says import templates_of


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each ``{field:format}`` whose format does not fit the type of the field."""
    for one in said(flow):
        for template in templates_of(one.says):
            if why := why_unwritable(template, one.flow.data_type):
                yield Finding(one.at, "unwritable-field", f"{one.what}: {why}", "mend the format or the field's type")
