"""What drives conversations: the asynchronous shell around the flows.

`intake` stores what comes in, `turns` handles a contact's events with the help of `router`, `sender` POSTs the outbox,
`timers`, `invoker` and `receipts` turn time, slow calls and news into events. `lanes` keeps each contact in order, and
`engine` holds all together.
"""
