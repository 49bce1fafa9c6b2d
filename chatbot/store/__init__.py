"""Everything that must survive a crash.

`protocol` says what a store is and which records it keeps. What is done inside one transaction is a plain function of a
`Tx`, the same for every database: `inbox` (events and turns), `outbox` (messages, sends, receipts), `timers`.
A database adds only how a transaction is run: `sqlite`.
"""
