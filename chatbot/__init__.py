"""The author's words: what a bot module imports, and nothing else.

from chatbot import Flow, State, Turn, choice, minutes, text
"""

from chatbot.flows.choices import Choice
from chatbot.flows.durations import days, hours, minutes, seconds
from chatbot.flows.flow import Flow
from chatbot.flows.keep import keep
from chatbot.flows.questions import Date, Email, FreeText, Number, PhoneNumber, YesNo
from chatbot.flows.state import Anywhere, Embed, State, again, previous
from chatbot.flows.triggers import (
    after,
    answer,
    at,
    choice,
    delivered,
    done,
    error,
    every,
    failed,
    seen,
    text,
    timeout,
    undelivered,
    unmatched,
)
from chatbot.flows.turn import Turn
from chatbot.flows.words import Plural
from chatbot.messages import Button, Message, Travel

__all__ = [
    "Anywhere",
    "Button",
    "Choice",
    "Date",
    "Email",
    "Embed",
    "Flow",
    "FreeText",
    "Message",
    "Number",
    "PhoneNumber",
    "Plural",
    "State",
    "Travel",
    "Turn",
    "YesNo",
    "after",
    "again",
    "answer",
    "at",
    "choice",
    "days",
    "delivered",
    "done",
    "error",
    "every",
    "failed",
    "hours",
    "keep",
    "minutes",
    "previous",
    "seconds",
    "seen",
    "text",
    "timeout",
    "undelivered",
    "unmatched",
]
