from chatbot import Anywhere, Flow, State, again, choice, text


class OneOfThree(Flow[None]):
    ask = State("?", choices=["a", "b", "c"], initial=True)  # fault: unhandled-choice
    end = State("End.", final=True)
    ask.on(choice("a"), to=end)


class OnlySometimes(Flow[None]):
    ask = State("?", choices={"a": "First", "b": "Second"}, initial=True)  # fault: unhandled-choice
    end = State("End.", final=True)
    ask.on(choice("a"), to=end)
    ask.on(choice("b"), to=end, when=lambda turn: turn.now.hour > 20)


class AnotherWord(Flow[None]):
    ask = State("?", choices={"a": "Pay", "b": "Stop"}, initial=True)  # fault: unhandled-choice
    end = State("End.", final=True)
    ask.on(choice("a"), to=end)
    ask.on(text("Stop"), to=end)  # fault: split-choice


class AWordAnywhere(Flow[None]):
    ask = State("?", choices=["pay", "Stop"], initial=True)
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(choice("pay"), to=end)
    anywhere.on(text("end", "stop"), to=end)


class AllThree(Flow[None]):
    ask = State("?", choices=["a", "b", "c"], initial=True)
    end = State("End.", final=True)
    ask.on(choice("a"), to=end)
    ask.on(choice("b"), to=end, when=lambda turn: turn.now.hour > 20)
    ask.on(choice, to=again)
