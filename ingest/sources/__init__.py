"""Where rows come from: radio (the only bleak), virtual insoles, recordings, another program's datagrams.

In: the air, files, a socket, a walker. Out: `Source`s and their `SourceEvent`s, alike whatever they come from.
Must not know: the spool, the broker, processing.
"""
