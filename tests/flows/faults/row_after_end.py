from chatbot import Flow, State, failed, minutes, text, undelivered


class TalksOn(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    end.on(text, to=ask)  # fault: row-after-end
    end.on(text("again"), to=ask)  # fault: row-after-end


class HearsReceipts(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    lost = State(final=True)
    ask.on(text, to=end)
    end.on(failed, to=lost)
    end.on(undelivered(minutes(5)), to=lost)
