"""The clinician's pages: the inbox of several wearers, limits, programmes.

In: the journal, forms. Out: rows of a list, entries and replies in a clinician's name.
Must not know: rows of samples, how an alert comes about.
"""
