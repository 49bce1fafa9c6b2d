"""The author's words: what a bot module imports, and nothing else.

from chatbot import Flow, State, Turn, choice, minutes, text
"""

from chatbot.flows.durations import days, hours, minutes, seconds
from chatbot.flows.flow import Flow
from chatbot.flows.questions import Choice
from chatbot.flows.state import Anywhere, State, previous
from chatbot.flows.triggers import choice, delivered, done, error, failed, text, timeout
from chatbot.flows.turn import Turn
from chatbot.messages import Button, Message

__all__ = [
    "Anywhere",
    "Button",
    "Choice",
    "Flow",
    "Message",
    "State",
    "Turn",
    "choice",
    "days",
    "delivered",
    "done",
    "error",
    "failed",
    "hours",
    "minutes",
    "previous",
    "seconds",
    "text",
    "timeout",
]
