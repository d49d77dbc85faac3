"""What a person takes away: tables (CSV, Parquet), one walk as signals (EDF+), a record (FHIR R4), live rows (LSL).

In: what stores gave (walk summaries, facts of days, alerts, entries, seconds, blocks). Out: files, or an outlet.
Not measured stays not measured in each: an empty cell, a null, the lowest code of a signal, a dataAbsentReason, a NaN.
One module shapes, another one writes; a format's package is imported when it is used (extras parquet, edf, lsl).
Must not know: where stores lie, who asks, what the page looks like. It changes nothing that is stored.
"""
