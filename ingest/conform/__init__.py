"""Checks a device against the Open Insole profile (`ingest/drivers/open_insole.md`).

In: one real link after another to a device, in order that everything it should do can be seen. Out: a finding a check.
What is said is recorded first (`asking*.py`) and judged afterwards (`judge_*.py`), which is pure.
Must not know: the driver's state machine, the service, what the rows mean.
"""
