"""Testing a bot by its conversations, on the production path: only the clock and the network are ours.

`transcript` is a conversation as text, `stage` the engine with a clock and a network of our own, `rehearsal` plays a
transcript on a stage, `plugin` collects transcripts for pytest, and `conversation` is the same in Python.
"""

from chatbot.testing.conversation import Conversation

__all__ = ["Conversation"]
