from dataclasses import dataclass

from chatbot import Flow, Plural, State, text
from chatbot.flows.words import Languages

FORMS = {"{count} day": ("{count} Tag",), "{count} hour": ("{count} Stunde", "{count} Stunden")}
LANGUAGES = Languages({"de": FORMS})


@dataclass
class Stay:
    count: int = 1


class OneForm(Flow[Stay], apology="1", unmatched="2", reminder="3"):
    ask = State(Plural("{count} day", "{count} days", of="count"), initial=True)  # fault: plural-forms
    end = State("0", final=True)
    ask.on(text, to=end)


class TwoForms(Flow[Stay], apology="1", unmatched="2", reminder="3"):
    ask = State(Plural("{count} hour", "{count} hours", of="count"), initial=True)
    end = State("0", final=True)
    ask.on(text, to=end)
