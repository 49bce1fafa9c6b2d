"""Who is it? A part of other flows: embed it, and take up its two ends."""

from dataclasses import dataclass

from chatbot import Flow, FreeText, PhoneNumber, State, answer, keep, text


@dataclass
class Person:
    full_name: str = ""
    phone: str = ""


def first_and_last(name: str) -> str | None:
    return None if " " in name else "Please write your first name and your last name."


class Introduction(Flow[Person]):
    """It ends with somebody who is known by name, or with a stranger."""

    ask_name = State("What is your name?", ask=FreeText(first_and_last, longest=60), initial=True)
    phone = State("Which number do we call when something comes up, {full_name}? Or write none.", ask=PhoneNumber())
    known = State(final=True)
    stranger = State(final=True)

    ask_name.on(text("secret"), to=stranger)
    ask_name.on(answer, to=phone, do=keep("full_name"))
    phone.on(text("none"), to=known)
    phone.on(answer, to=known, do=keep("phone"))
