from chatbot import Anywhere, Flow, Number, State, again, answer, choice, text


class NoChoices(Flow[None]):
    ask = State("Parcel or letter?", initial=True)
    end = State("End.", final=True)
    ask.on(choice("parcel"), to=end)  # fault: deaf-answer
    ask.on(text, to=end)


class NoQuestion(Flow[None]):
    ask = State("How many?", initial=True)
    end = State("End.", final=True)
    ask.on(answer, says="Thank you.")  # fault: deaf-answer
    ask.on(text, to=end)


class NowhereAnywhere(Flow[None]):
    ask = State("Parcel or letter?", initial=True)
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=end)
    anywhere.on(choice, to=again)  # fault: deaf-answer


class SomewhereAnywhere(Flow[None]):
    ask = State("Parcel or letter?", choices=["parcel", "letter"], initial=True)
    many = State("How many?", ask=Number())
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(choice, to=many)
    many.on(answer, to=end)
    anywhere.on(choice("letter"), says="A letter.")
