from chatbot import Flow, Number, State, YesNo, answer


class OnlyYes(Flow[None]):
    ask = State("Really?", ask=YesNo(), initial=True)  # fault: unhandled-answer
    end = State("End.", final=True)
    ask.on(answer(True), to=end)


class OnlyThirteen(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)  # fault: unhandled-answer
    end = State("End.", final=True)
    ask.on(answer(13), to=end)


class YesAndNo(Flow[None]):
    ask = State("Really?", ask=YesNo(), initial=True)
    many = State("How many?", ask=Number())
    end = State("End.", final=True)
    ask.on(answer(True), to=many)
    ask.on(answer(False), to=end)
    many.on(answer(13), says="Unlucky.")
    many.on(answer, to=end)
