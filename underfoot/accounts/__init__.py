"""Who may look at the page and act on it: local accounts, sessions, tries.

In: names, passwords and tokens that a browser or the command line brings, and the time. Out: an account or a refusal.
Must not know: HTTP, templates, or anything of feet; the web asks, this room answers and keeps its own file.
"""
