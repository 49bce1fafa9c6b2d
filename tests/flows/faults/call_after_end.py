from chatbot import Flow, State, done, error, text


async def quote(data: object) -> str:
    return "12.50"


class NobodyWaits(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", invoke=quote, final=True)  # fault: call-after-end
    ask.on(text, to=end)
    end.on(done, says="Done.")  # fault: row-after-end
    end.on(error, says="Not done.")  # fault: row-after-end


class SomebodyWaits(Flow[None]):
    ask = State("?", initial=True)
    wait = State(invoke=quote)
    end = State("End.", final=True)
    ask.on(text, to=wait)
    wait.on(done, to=end)
    wait.on(error, to=end)
