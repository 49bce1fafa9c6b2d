"""What a rule found: where, which rule, what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.flows.source import Location


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found. ``advice`` says what to write."""

    at: Location
    rule: str
    text: str
    advice: str

    def __str__(self) -> str:
        return f"{self.at}: {self.rule}: {self.text}; {self.advice}"
