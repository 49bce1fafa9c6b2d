"""The flow language: what a bot author writes, compiled once, checked, drawn and run as a pure function.

`flow` and `state` hold what was written, `triggers` and `questions` the words of a row, `says` how a prompt becomes
messages, `turn` what a guard or an action sees, `compile` the machine, `catalogue` all flows of a bot, `check` and
`draw` their readers.
"""
