"""One person over twelve weeks: the strip of days, trends, notes, the map of the foot, before and after, the report.

In: the journal. Out: pages, the JSON of their charts. What is not known is null, with its reason, never 0.
Must not know: how a figure is measured.
"""
