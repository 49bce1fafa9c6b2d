"""An order that can be interrupted, a question that interrupts it, and an action that goes wrong."""

from dataclasses import dataclass

from chatbot import Flow, State, Turn, seconds, text, timeout


@dataclass
class Order:
    what: str = ""
    many: str = ""


def keep_what(turn: Turn[Order]) -> None:
    turn.data.what = turn.text


def keep_many(turn: Turn[Order]) -> None:
    turn.data.many = turn.text


def go_wrong(turn: Turn[Order]) -> None:
    turn.reply("This must never be sent.")
    raise LookupError("the flow is broken")


class Desk(Flow[Order], keyword="order", apology="Sorry, we could not read that."):
    """Takes an order, and has it ready when a timer has run."""

    what = State("What would you like?", initial=True)
    many = State("How many {what}?")
    baking = State(["{many} {what}, thank you.", "One moment."], timeout=seconds(0.2))
    ready = State("Your {what} is ready.", final=True)

    what.on(text("poison"), do=go_wrong)
    what.on(text, to=many, do=keep_what)
    many.on(text, to=baking, do=keep_many)
    baking.on(text, says="Not yet.")
    baking.on(timeout, to=ready)


@dataclass
class Question:
    about: str = ""


def keep_about(turn: Turn[Question]) -> None:
    turn.data.about = turn.text


class Help(Flow[Question], keyword="help", interrupts=True):
    """Asks what it is about, and gives the order back."""

    about = State("What is it about?", initial=True)
    noted = State("We will call about {about}.", final=True)

    about.on(text, to=noted, do=keep_about)
