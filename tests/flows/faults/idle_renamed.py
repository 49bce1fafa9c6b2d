from chatbot import Flow, State, text


class StillThere(Flow[None]):  # fault: idle-renamed
    ask = State("?", initial=True)
    more = State("More?")
    end = State("End.", final=True)
    renamed = {"ask": more, "question": ask}
    ask.on(text, to=more)
    more.on(text, to=end)


class Moved(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    renamed = {"question": ask, "goodbye": end}
    ask.on(text, to=end)
