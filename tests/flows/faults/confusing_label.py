from chatbot import Flow, State, choice


class LabelsAreNumbers(Flow[None]):
    ask = State("How many?", choices=["2", "5", "10"], initial=True)  # fault: confusing-label
    end = State("End.", final=True)
    ask.on(choice, to=end)


class LabelIsMore(Flow[None]):
    ask = State("How much?", choices=["less", "the same", "more"], page=2, initial=True)  # fault: confusing-label
    end = State("End.", final=True)
    ask.on(choice, to=end)


class ZeroIsMore(Flow[None]):
    ask = State("How many?", choices=["0", "some", "all"], page=2, initial=True)  # fault: confusing-label
    end = State("End.", final=True)
    ask.on(choice, to=end)


class MoreThanAMessageHolds(Flow[None]):
    ask = State("Which?", choices={1: "a" * 600, 2: "b" * 600, 3: "More"}, initial=True)  # fault: confusing-label
    end = State("End.", final=True)
    ask.on(choice, to=end)


class LabelsAreFine(Flow[None]):
    ask = State("How many?", choices=["1", "2", "3", "10"], initial=True)
    much = State("How much?", choices=["less", "the same", "more", "0"], page=5)
    end = State("End.", final=True)
    ask.on(choice, to=much)
    much.on(choice, to=end)
