"""A phone shows again what it showed before its simulator was started."""

from __future__ import annotations

from chatbot.simulator.options import Options
from chatbot.simulator.phones import BOT, USER, Bubble
from chatbot.simulator.simulator import Simulator

NUMBER = "+491622943176"


def test_what_is_recalled_is_numbered_anew_and_a_reply_answers_the_last_of_it() -> None:
    simulator = Simulator(Options())
    asked = Bubble(0, BOT, 1000, "12-before", "username", text="How many?", state="DELIVERED")
    simulator.phones.recall(NUMBER, [Bubble(0, USER, 500, "1", "username", text="pizza"), asked])
    phone = simulator.phones.get(NUMBER)
    assert [(bubble.id, bubble.text) for bubble in phone.thread] == [(1, "pizza"), (2, "How many?")]
    assert phone.wrote == phone.met == {"username"}
    answer = simulator.write(NUMBER, "2")
    assert answer.original_request_id == "12-before"
    assert phone.thread[-1].id == 3
