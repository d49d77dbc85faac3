"""DAYS: what is known of each of a person's days, and the rules that judge days and walks (A7-A10, T2_long, T3).

In: summaries of walks, statuses of the hub, temperatures; all of it read from the journal and the series each time.
Out: `DayFacts`, alerts that are raised or over, the hours on which the hub ran.
Must not know: rows, the broker, whether an alert may sound or has been told.
"""
