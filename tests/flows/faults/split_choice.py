from chatbot import Anywhere, Flow, State, YesNo, answer, choice, text


class TheNumberOfAChoice(Flow[None]):
    ask = State("?", choices=["parcel", "letter"], initial=True)
    end = State("End.", final=True)
    ask.on(text("1"), says="A parcel!")  # fault: split-choice
    ask.on(choice, to=end)


class TheLabelOfAChoice(Flow[None]):
    ask = State("?", choices={"y": "Yes", "n": "No"}, initial=True)
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(choice, to=end)
    anywhere.on(text("no"), says="No?")  # fault: split-choice


class OneWayToSayYes(Flow[None]):
    ask = State("?", ask=YesNo(), initial=True)
    end = State("End.", final=True)
    ask.on(text("Yes"), to=end)  # fault: split-choice
    ask.on(answer, says="Then not.")


class HoweverItIsSaid(Flow[None]):
    ask = State("?", choices=["pay", "stop"], initial=True)
    more = State("?", choices={"y": "Yes", "n": "No"})
    really = State("?", ask=YesNo())
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(choice("pay"), to=more)
    ask.on(text("3"), says="There is no third.")
    more.on(choice("n"), to=really)
    more.on(choice("y"), to=end)
    really.on(answer(False), to=ask)
    really.on(text("skip"), to=end)
    really.on(answer, to=end)
    anywhere.on(text("stop"), to=end)
    anywhere.on(text("no"), says="No?")
