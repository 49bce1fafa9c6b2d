from chatbot import Button, Flow, Message, State, text
from chatbot.flows.words import Languages

GERMAN = {
    "Track": ("Die Sendung jetzt im Internet verfolgen",),
    "A short text": ("lang " * 201,),
    "Follow": ("Verfolgen",),
}
LANGUAGES = Languages({"de": GERMAN})


class TooLong(Flow[None], apology="1", unmatched="2", reminder="3"):
    ask = State("A short text", initial=True)  # fault: refused-translation
    end = State(Message("0", button=Button("Track", "https://example.org/")), final=True)  # fault: refused-translation
    ask.on(text, to=end)


class Fits(Flow[None], apology="1", unmatched="2", reminder="3"):
    ask = State("?", initial=True)
    end = State(Message("0", button=Button("Follow", "https://example.org/")), final=True)
    ask.on(text, to=end)
