from dataclasses import dataclass

from chatbot import Button, Flow, Message, Number, Plural, State, answer, choice
from chatbot.flows.words import Languages

GERMAN = {"Which?": ("Welches?",), "parcel": ("Paket",), "{count} parcel": ("{count} Paket", "{count} Pakete")}
LANGUAGES = Languages({"de": GERMAN})


@dataclass
class Order:
    count: int = 1


class Untranslated(Flow[Order], apology="Sorry.", unmatched="2", reminder="3"):  # fault: missing-translation
    ask = State("Which?", choices=["parcel", "letter"], initial=True)  # fault: missing-translation
    many = State("How many?", ask=Number(sorry="A number."))  # fault: missing-translation
    pick = State("Which?", choices=["parcel"], page=1)  # fault: missing-translation
    end = State(Message("1", button=Button("Track", "https://example.org/")), final=True)  # fault: missing-translation
    ask.on(choice, to=many, says=Plural("{count} letter", "{count} letters", of="count"))  # fault: missing-translation
    many.on(answer, to=pick)
    pick.on(choice, to=end)


class Translated(Flow[Order], apology="1", unmatched="2", reminder="3"):
    ask = State("Which?", choices=["parcel"], initial=True)
    end = State("{count}!", final=True)
    ask.on(choice, to=end, says=Plural("{count} parcel", "{count} parcels", of="count"))
