from chatbot import Anywhere, Flow, State, previous, text


class BackFromTheFirst(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text("back"), to=previous)  # fault: lost-way-back
    ask.on(text, to=end)


class BackAnywhereInOneState(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=end)
    anywhere.on(text("back"), to=previous)  # fault: lost-way-back


class BackFromTheSecond(Flow[None]):
    ask = State("?", initial=True)
    more = State("More?")
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=more)
    more.on(text, to=end)
    anywhere.on(text("back"), to=previous)
