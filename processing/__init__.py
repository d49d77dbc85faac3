"""BROKER -> DECISIONS -> STORE.

In: messages of `ingest.wire` from the broker, or recordings as blocks; what people say of alerts, plans and feet.
Out: figures, strides, alerts, receipts, the person in a few figures; rows, series and the journal on disk.
Must not know: Bluetooth, drivers, settings, screens. Of `ingest` it sees the contract (`ingest.wire`) alone.
"""
