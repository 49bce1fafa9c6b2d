from chatbot import Flow, State, choice, days, done, error, seconds, text, timeout


async def quote(data: object) -> str:
    return "12.50"


class WithoutEffect(Flow[None]):
    ask = State("?", page=5, initial=True)  # fault: idle-setting
    more = State("More?", within=seconds(5))  # fault: idle-setting
    last = State("Last?", retries=5)  # fault: idle-setting
    wait = State(late="ignore", timeout=days(1))  # fault: idle-setting
    end = State("End.", late="accept", final=True)  # fault: idle-setting
    ask.on(text, to=more)
    more.on(text, to=last)
    last.on(text, to=wait, says="One moment.")
    wait.on(timeout, to=end)


class WithEffect(Flow[None]):
    ask = State("?", choices=["a", "b", "c"], page=2, late="accept", initial=True)
    wait = State(invoke=quote, within=seconds(5), retries=5)
    end = State("End.", final=True)
    ask.on(choice, to=wait)
    wait.on(done, to=end)
    wait.on(error, to=end)
