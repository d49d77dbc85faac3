"""FOOT -> BROKER.

In: advertisements and notifications of insoles, recordings, UDP.
Out: `Samples`, `Layout` and `Status` messages on the broker; a spool that gives up a row only on a receipt, and
insoles that are told to forget a row only once it is in the spool.
Must not know: windows, metrics, rules, screens.
"""
