from chatbot import Flow, State, again, text


class Stuck(Flow[None]):
    ask = State("?", initial=True)
    stuck = State("And now?")  # fault: dead-end
    ask.on(text, to=stuck)
    stuck.on(text, says="Still here.")


class StuckInside(Flow[None]):
    street = State("Which street?", initial=True)
    number = State("Which number?")  # fault: dead-end
    known = State(final=True)
    street.on(text, to=number)
    street.on(text("skip"), to=known, says="Without a street, then.")
    number.on(text, to=again)


class Left(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, says="Still here.")
    ask.on(text("end"), to=end)
