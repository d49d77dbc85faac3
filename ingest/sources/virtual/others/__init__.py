"""Insoles of other makers, simulated from the same facts as their drivers; each is a Bluetooth peripheral (Bumble).

In: a walk, laid onto the insole's own cells (`worn`). Out: what the facts say that it advertises, answers and notifies.
Must not know: the drivers' state. They share nothing with them but UUIDs and the places of the cells, so that a
misread byte shows.
"""
