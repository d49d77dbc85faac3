"""BROKER -> DECISIONS -> STORE.

In: messages of `ingest.wire` from the broker, or recordings, both as blocks.
Out: figures, strides, alerts, receipts; rows, series and the journal on disk.
Must not know: Bluetooth, drivers, settings, screens. Of `ingest` it sees the contract (`ingest.wire`) alone.
"""
