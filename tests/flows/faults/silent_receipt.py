from chatbot import Flow, State, days, failed, minutes, text, timeout, undelivered


class SaidBefore(Flow[None]):
    ask = State("?", initial=True)
    wait = State(timeout=days(1))
    end = State("End.", final=True)
    ask.on(text, to=wait, says="Booked.")
    wait.on(failed, to=end)  # fault: silent-receipt
    wait.on(undelivered(minutes(5)), to=end)  # fault: silent-receipt
    wait.on(timeout, to=end)


class SaidHere(Flow[None]):
    ask = State("?", initial=True)
    wait = State(timeout=days(1))
    end = State("End.", final=True)
    ask.on(text, to=wait, says="Booked.")
    ask.on(failed, to=end)
    wait.on(text, says="Still booked.")
    wait.on(failed, to=end)
    wait.on(timeout, to=end)
