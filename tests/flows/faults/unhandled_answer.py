from chatbot import Flow, Number, State, YesNo, answer, unmatched


class OnlyYes(Flow[None]):
    ask = State("Really?", ask=YesNo(), initial=True)  # fault: unhandled-answer
    end = State("End.", final=True)
    ask.on(answer(True), to=end)


class OnlyThirteen(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)  # fault: unhandled-answer
    end = State("End.", final=True)
    ask.on(answer(13), to=end)


class OnlySometimes(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)  # fault: unhandled-answer
    end = State("End.", final=True)
    ask.on(answer, to=end, when=lambda turn: turn.answer < 13)
    ask.on(answer, to=end, when=lambda turn: turn.answer >= 13)


class SometimesAndElse(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)
    many = State("How many?", ask=Number())
    end = State("End.", final=True)
    ask.on(answer, to=many, when=lambda turn: turn.answer < 13)
    ask.on(unmatched, says="Fewer than 13, please.")
    many.on(answer, to=end, when=lambda turn: turn.answer < 13)
    many.on(answer, says="Fewer than 13, please.")


class YesAndNo(Flow[None]):
    ask = State("Really?", ask=YesNo(), initial=True)
    many = State("How many?", ask=Number())
    end = State("End.", final=True)
    ask.on(answer(True), to=many)
    ask.on(answer(False), to=end)
    many.on(answer(13), says="Unlucky.")
    many.on(answer, to=end)
