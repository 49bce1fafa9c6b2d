from chatbot import Flow, State, after, at, days, text


class AsksLater(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    end.on(after(days(1)), to=ask)  # fault: timer-after-end
    end.on(at("09:00"), says="Good morning.")  # fault: timer-after-end


class WaitsFirst(Flow[None]):
    ask = State("?", initial=True)
    wait = State("Until tomorrow.")
    end = State("End.", final=True)
    ask.on(text, to=wait)
    wait.on(at("09:00"), to=end)
