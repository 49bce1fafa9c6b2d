from chatbot import Date, Email, Flow, Number, State, YesNo, answer


class WordForTruth(Flow[None]):
    ask = State("Really?", ask=YesNo(), initial=True)
    end = State("End.", final=True)
    ask.on(answer("yes"), says="Yes.")  # fault: impossible-answer
    ask.on(answer, to=end)


class WordForNumber(Flow[None]):
    ask = State("How many?", ask=Number(), initial=True)
    end = State("End.", final=True)
    ask.on(answer("13"), says="Unlucky.")  # fault: impossible-answer
    ask.on(answer, to=end)


class OutOfRange(Flow[None]):
    ask = State("How many?", ask=Number(least=1, most=5), initial=True)
    end = State("End.", final=True)
    ask.on(answer(0, 1), says="So few?")  # fault: impossible-answer
    ask.on(answer(2.5), says="A half?")  # fault: impossible-answer
    ask.on(answer, to=end)


class WordForDay(Flow[None]):
    ask = State("When?", ask=Date(), initial=True)
    end = State("End.", final=True)
    ask.on(answer("2026-12-24"), says="Closed.")  # fault: impossible-answer
    ask.on(answer, to=end)


class Possible(Flow[None]):
    ask = State("How many?", ask=Number(least=1, most=5), initial=True)
    mail = State("Where to?", ask=Email())
    end = State("End.", final=True)
    ask.on(answer(5), says="So many?")
    ask.on(answer, to=mail)
    mail.on(answer("nobody@example.org"), says="That is nobody.")
    mail.on(answer, to=end)
