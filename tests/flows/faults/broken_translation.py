from dataclasses import dataclass
from decimal import Decimal

from chatbot import Button, Flow, Message, Plural, State, text
from chatbot.flows.words import Languages

LANGUAGES = Languages(
    {
        "de": {
            "For {name}?": ("Für Sie?",),
            "From {name}?": ("Von {nmae}?",),
            "To {name}?": ("An {name?",),
            "At {price:EUR}?": ("Für {price:euro}?",),
            "{count} day": ("{count} Tag", "Tage"),
            "By {name} for {price:EUR}?": ("Für {price:EUR} durch {name}?",),
            "Track {name}": ("Verfolgen",),
        }
    }
)

TRACK = Button("Track {name}", "https://example.org/")


@dataclass
class Order:
    name: str = ""
    price: Decimal = Decimal(0)
    count: int = 1


class Broken(Flow[Order], apology="1", unmatched="2", reminder="3"):
    ask = State("For {name}?", initial=True)  # fault: broken-translation
    sender = State("From {name}?")  # fault: broken-translation
    to = State("To {name}?")  # fault: broken-translation
    price = State("At {price:EUR}?")  # fault: broken-translation
    stay = State(Plural("{count} day", "{count} days", of="count"))  # fault: broken-translation
    end = State(Message("0", button=TRACK), final=True)  # fault: broken-translation
    ask.on(text, to=sender)
    sender.on(text, to=to)
    to.on(text, to=price)
    price.on(text, to=stay)
    stay.on(text, to=end)


class Whole(Flow[Order], apology="1", unmatched="2", reminder="3"):
    ask = State("By {name} for {price:EUR}?", initial=True)
    end = State("0", final=True)
    ask.on(text, to=end)
