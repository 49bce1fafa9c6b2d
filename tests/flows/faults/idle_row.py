from chatbot import Flow, State, failed, text


class DoesNothing(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text("hello"))  # fault: idle-row
    ask.on(text, to=end)


class ShieldsAReceipt(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(failed("21"))
    ask.on(failed, to=end)
