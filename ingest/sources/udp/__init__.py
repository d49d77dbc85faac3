"""Rows that another program on this machine sends in datagrams: the Moticon OpenGo desktop app.

In: ASCII datagrams on a loopback port. Out: a `Source` for each foot, from one socket.
Must not know: radio, broker, figures. What cannot be read is a counted fault, never a number.
"""
