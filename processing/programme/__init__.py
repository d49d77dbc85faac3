"""Walking programmes, the diary, and what changed between two of them. Pure.

In: what people said (`Entry`), what was measured of each day (`DayFacts`), alerts, walk summaries, the person's zone.
Out: what today asks for and why, what became of each day so far, what to answer, a comparison of two periods.
Must not know: the journal, the clock, the broker. A plan is a fold over days: nothing is stored of it, so a restart or
another machine finds the same one, and what is said later leaves the minutes of earlier days alone.
"""
