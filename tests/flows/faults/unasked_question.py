from chatbot import Flow, Number, State, answer, choice


class WithoutWords(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)
    size = State(ask=Number())  # fault: unasked-question
    end = State("End.", final=True)
    ask.on(answer, to=size)
    size.on(answer, to=end)


class ChoicesAreWords(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)
    size = State(choices=["small", "large"])
    end = State("End.", final=True)
    ask.on(answer, to=size)
    size.on(choice, to=end)
