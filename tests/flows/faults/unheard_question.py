from chatbot import Anywhere, Flow, Number, State, Turn, answer, choice, minutes, text, timeout


def numbers(turn: Turn[None]) -> list[str]:
    return [turn.contact]


class NobodyListens(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True, timeout=minutes(5))  # fault: unheard-question
    end = State("End.", final=True)
    ask.on(timeout, to=end)


class NobodyChooses(Flow[None]):
    ask = State("Which?", choices=numbers, initial=True, timeout=minutes(5))  # fault: unheard-question
    end = State("End.", final=True)
    ask.on(timeout, to=end)


class OnlyAWordIsHeard(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)  # fault: unheard-question
    pick = State("Which?", choices=numbers)  # fault: unheard-question
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text("none"), to=pick)
    anywhere.on(text("stop"), to=end)


class SomebodyListens(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)
    pick = State("Which?", choices=numbers)
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(answer, to=pick)
    pick.on(choice, to=end)
    anywhere.on(text("stop"), to=end)


class SomebodyTakesWhateverComes(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
