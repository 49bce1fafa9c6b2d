from chatbot import Anywhere, Flow, State, minutes, text, timeout


class NeverSet(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(timeout, to=end)  # fault: silent-timeout


class NeverSetAnywhere(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=end)
    anywhere.on(timeout, to=end)  # fault: silent-timeout


class SetOnce(Flow[None]):
    ask = State("?", initial=True)
    more = State("More?", timeout=minutes(30))
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=more)
    more.on(text, to=end)
    anywhere.on(timeout, to=end)
