"""The contract: units, geometry, messages, topics, codec, faults.

In: nothing. Out: values and bytes that every other room speaks. No IO, no clock, imports nothing of ours.
Whoever writes a program against underfoot needs this package and the broker's address, nothing else.
"""
