from dataclasses import dataclass

from chatbot import Button, Date, Flow, Message, Number, Plural, State, YesNo, answer, choice, days, text
from chatbot.flows.words import Languages

GERMAN = {"Which?": ("Welches?",), "parcel": ("Paket",), "{count} parcel": ("{count} Paket", "{count} Pakete")}
SIZES = {"small": "parcel", "large": "2"}
LONG = {number: f"{number:0400}" for number in range(5)}
LANGUAGES = Languages({"de": GERMAN})


@dataclass
class Order:
    count: int = 1


class Untranslated(Flow[Order], apology="Sorry.", unmatched="2", reminder="3"):  # fault: missing-translation
    ask = State("Which?", choices=["parcel", "letter"], initial=True)  # fault: missing-translation
    many = State("How many?", ask=Number(sorry="A number."))  # fault: missing-translation
    pick = State("Which?", choices=SIZES, page=1)  # fault: missing-translation
    end = State(Message("1", button=Button("Track", "https://example.org/")), final=True)  # fault: missing-translation
    ask.on(choice, to=many, says=Plural("{count} letter", "{count} letters", of="count"))  # fault: missing-translation
    many.on(answer, to=pick)
    pick.on(choice, to=end)


class WordsUnderstood(Flow[Order], apology="1", unmatched="2", reminder="3"):
    really = State("Which?", ask=YesNo(sorry="?"), initial=True)  # fault: missing-translation
    day = State("Which?", ask=Date(earliest=days(0), sorry="?"))  # fault: missing-translation
    end = State("!", final=True)
    really.on(answer, to=day)
    really.on(text("stop"), to=end)  # fault: missing-translation
    day.on(answer, to=end)


class PagedByItsLength(Flow[Order], apology="1", unmatched="2", reminder="3"):
    ask = State("Which?", choices=LONG, initial=True)  # fault: missing-translation
    end = State("!", final=True)
    ask.on(choice, to=end)


class Translated(Flow[Order], apology="1", unmatched="2", reminder="3"):
    ask = State("Which?", choices=["parcel"], page=5, initial=True)
    day = State("Which?", ask=Date(earliest=days(2), sorry="?"))
    short = State("Which?", choices={1: "1", 2: "{2"})
    end = State("{count}!", final=True)
    ask.on(choice, to=day, says=Plural("{count} parcel", "{count} parcels", of="count"))
    ask.on(text("5", "{"), to=day)
    day.on(answer, to=short)
    short.on(choice, to=end)
