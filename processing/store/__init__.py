"""What stays on disk: recordings (the truth), series (the figures over time), the journal (alerts and replies).

In: blocks, layouts, points, alerts; event time only, no clock of its own.
Out: the same again, bit for bit; receipts; buckets of a series; faults DISK_FULL and STORE_DAMAGED.
Durable on return: what a call has given back survives a kill -9 (SQLite, WAL, full sync).
Must not know: where rows come from, what a figure means, brokers, screens.
"""
