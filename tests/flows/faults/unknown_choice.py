from chatbot import Anywhere, Choice, Flow, State, choice


class Mistyped(Flow[None]):
    ask = State("?", choices=["parcel", "letter"], initial=True)
    end = State("End.", final=True)
    ask.on(choice, to=end)
    ask.on(choice("pacrel"), says="Heavy?")  # fault: unknown-choice
    ask.on(choice("letter", "Letter"), says="Light.")  # fault: unknown-choice


class LabelForValue(Flow[None]):
    ask = State("?", choices={"p": "Parcel", "l": "Letter"}, initial=True)
    end = State("End.", final=True)
    ask.on(choice, to=end)
    ask.on(choice("Parcel"), says="Heavy?")  # fault: unknown-choice


class NumberAsText(Flow[None]):
    ask = State("?", choices={1: "One", 2: "Two"}, initial=True)
    end = State("End.", final=True)
    ask.on(choice, to=end)
    ask.on(choice("1"), says="One!")  # fault: unknown-choice


class OfferedNowhere(Flow[None]):
    ask = State("?", choices=["parcel", "letter"], initial=True)
    pick = State("?", choices=["small", "large"])
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(choice, to=pick)
    pick.on(choice, to=end)
    anywhere.on(choice("large", "letter"), says="Heavy?")
    anywhere.on(choice("huge"), says="Heavy?")  # fault: unknown-choice


class Offered(Flow[None]):
    ask = State("?", choices=[Choice(1, "Parcel"), Choice(2, "Letter")], initial=True)
    pick = State("?", choices=lambda turn: [turn.contact])
    end = State("End.", final=True)
    ask.on(choice(1, 2), to=pick)
    pick.on(choice("anything"), says="Who knows?")
    pick.on(choice, to=end)
