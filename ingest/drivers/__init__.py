"""One file per insole model: advertisement -> recognised; bytes -> rows and events; intents -> reads and writes.

In: advertisements, bytes and the time, as arguments. Out: `SourceEvent`s and `Intent`s.
Must not know: bleak, asyncio, the clock on the wall, the broker. A driver is a state machine without IO.
"""
