from chatbot import Flow, State, failed, text


class NamesOfStates(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    lost = State(final=True)
    ask.on(text, to=end)
    ask.on(failed("UNDELIVERABLE"), to=lost)  # fault: unknown-reason
    ask.on(failed("8", "sms"), to=end)  # fault: unknown-reason


class Codes(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    lost = State(final=True)
    ask.on(text, to=end)
    ask.on(failed("8"), to=lost)
    ask.on(failed, to=end)
