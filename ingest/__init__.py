"""FOOT -> BROKER.

In: advertisements and notifications of insoles, recordings, UDP.
Out: `Samples`, `Layout` and `Status` messages on the broker; a spool that gives up a row only on a receipt.
Must not know: windows, metrics, rules, screens.
"""
