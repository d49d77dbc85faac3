"""PEOPLE: the front of house and the composition root.

In: settings, the command line, a browser. Out: running services, a page, words for people.
The only room that sees both `ingest` and `processing`; it decides nothing about feet.
"""

__version__ = "0.1.0"
