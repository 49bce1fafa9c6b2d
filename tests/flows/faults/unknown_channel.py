from chatbot import Flow, State, delivered, text


class SmallLetters(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(delivered("sms"), to=end)  # fault: unknown-channel
    ask.on(delivered("PIGEON", "VIBER"), to=end)  # fault: unknown-channel


class AllChannels(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)
    ask.on(delivered("SMS"), to=end)
    ask.on(delivered("VIBER", "FACEBOOK"), to=end)
