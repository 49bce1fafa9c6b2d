from chatbot import Date, Flow, FreeText, Number, State, answer, days


class NoNumber(Flow[None]):
    ask = State("How many?", ask=Number(least=10, most=1), initial=True)  # fault: impossible-question
    end = State("End.", final=True)
    ask.on(answer, to=end)


class NoDay(Flow[None]):
    ask = State("When?", ask=Date(earliest=days(2), latest=days(1)), initial=True)  # fault: impossible-question
    end = State("End.", final=True)
    ask.on(answer, to=end)


class NoLetter(Flow[None]):
    ask = State("Why?", ask=FreeText(longest=0), initial=True)  # fault: impossible-question
    end = State("End.", final=True)
    ask.on(answer, to=end)


class OneNumber(Flow[None]):
    ask = State("How many?", ask=Number(least=7, most=7), initial=True)
    end = State("End.", final=True)
    ask.on(answer, to=end)
