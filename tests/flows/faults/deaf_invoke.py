from chatbot import Anywhere, Flow, State, after, done, error, minutes, text


async def quote(data: object) -> str:
    return "12.50"


class NoError(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)  # fault: deaf-invoke
    end = State("End.", final=True)
    ask.on(text, to=wait)
    wait.on(done, to=end)


class DoneSometimes(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)  # fault: deaf-invoke
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=wait)
    wait.on(done, to=end, when=lambda turn: turn.result == "12.50")
    wait.on(error, to=end)
    anywhere.on(text("stop"), to=end)


class OneEndAlone(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)  # fault: deaf-invoke
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=wait)
    wait.on(done, to=end)
    wait.on(error, to=ask, when=lambda turn: "street" in turn.error)
    anywhere.on(text("stop"), to=end)


class DoneSometimesAndInTheEnd(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)
    end = State("End.", final=True)
    ask.on(text, to=wait)
    wait.on(done, to=end, when=lambda turn: turn.result == "12.50")
    wait.on(after(minutes(1)), to=wait)
    wait.on(error, to=end)


class NoCall(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(done, to=end)  # fault: deaf-invoke
    ask.on(error, to=end)  # fault: deaf-invoke


class NoCallAnywhere(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=end)
    anywhere.on(error, to=end)  # fault: deaf-invoke


class Heard(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(text, to=wait)
    wait.on(done, to=end)
    anywhere.on(error, to=end)
