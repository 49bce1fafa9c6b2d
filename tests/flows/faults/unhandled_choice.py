from chatbot import Flow, State, again, choice


class OneOfThree(Flow[None]):
    ask = State("?", choices=["a", "b", "c"], initial=True)  # fault: unhandled-choice
    end = State("End.", final=True)
    ask.on(choice("a"), to=end)


class OnlySometimes(Flow[None]):
    ask = State("?", choices={"a": "First", "b": "Second"}, initial=True)  # fault: unhandled-choice
    end = State("End.", final=True)
    ask.on(choice("a"), to=end)
    ask.on(choice("b"), to=end, when=lambda turn: turn.now.hour > 20)


class AllThree(Flow[None]):
    ask = State("?", choices=["a", "b", "c"], initial=True)
    end = State("End.", final=True)
    ask.on(choice("a"), to=end)
    ask.on(choice("b"), to=end, when=lambda turn: turn.now.hour > 20)
    ask.on(choice, to=again)
