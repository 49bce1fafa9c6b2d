from chatbot import Anywhere, Flow, State, minutes, text, timeout


class NobodyTakesIt(Flow[None]):
    ask = State("?", initial=True, timeout=minutes(30))  # fault: deaf-timeout
    end = State("End.", final=True)
    ask.on(text, to=end)


class AnywhereTakesIt(Flow[None]):
    ask = State("?", initial=True, timeout=minutes(30))
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=end)
    anywhere.on(timeout, to=end)
