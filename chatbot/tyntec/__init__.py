"""tyntec's Mobile Chat gateway: the one room that knows its JSON and its HTTP."""
