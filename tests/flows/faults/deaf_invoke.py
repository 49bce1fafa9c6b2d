from chatbot import Anywhere, Flow, State, done, error, text


async def quote(data: object) -> str:
    return "12.50"


class NoError(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)  # fault: deaf-invoke
    end = State("End.", final=True)
    ask.on(text, to=wait)
    wait.on(done, to=end)


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
