from chatbot import Choice, Flow, State, choice
from chatbot.flows.words import Languages

LANGUAGES = Languages({"de": {"The castle": ("Das Schloss",), "The lock": ("das Schloss.",)}}, source="en")


class SameLabel(Flow[None], apology="1", unmatched="2", reminder="3"):
    ask = State("1?", choices=["Yes", "yes."], initial=True)  # fault: equal-choices, missing-translation
    end = State("0", final=True)
    ask.on(choice, to=end)


class SameValue(Flow[None], apology="1", unmatched="2", reminder="3"):
    ask = State("?", choices=[Choice(1, "1"), Choice(1, "2")], initial=True)  # fault: equal-choices
    end = State("0", final=True)
    ask.on(choice, to=end)


class SameInGerman(Flow[None], apology="1", unmatched="2", reminder="3"):
    ask = State("?", choices=["The castle", "The lock"], initial=True)  # fault: equal-choices
    end = State("0", final=True)
    ask.on(choice, to=end)


class Distinct(Flow[None], apology="1", unmatched="2", reminder="3"):
    ask = State("?", choices=["1.", "2."], initial=True)
    end = State("0", final=True)
    ask.on(choice, to=end)
