"""A bot whose actions end or hang the process."""

import os
import time

from chatbot import Flow, State, Turn, text
from chatbot.flows.flow import NoData


def end_the_process(_: Turn[NoData]) -> None:
    os._exit(3)


def hang(_: Turn[NoData]) -> None:
    time.sleep(3600)


def echo(turn: Turn[NoData]) -> str:
    if turn.text.startswith("fail"):
        raise ValueError(f"{turn.contact} has written {turn.text}")
    return turn.text


class Fragile(Flow[NoData], apology="Sorry."):
    """Says what it hears."""

    ear = State("Hello", initial=True)

    ear.on(text("exit"), do=end_the_process)
    ear.on(text("hang"), do=hang)
    ear.on(text, says=echo)
