"""What can be taken away: downloads, and the report as one file.

In: a span of days or a walk. Out: files made by `processing.export`.
Must not know: the formats.
"""
