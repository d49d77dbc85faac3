"""What the set-up pages do: pairing while the service runs, calibrations, the settings file.

In: what a keeper wants, the radio on loan, the journal's writer, the settings file. Out: progress to show, a new
version, a changed file. Must not know: pages, forms, words of a language.
"""
