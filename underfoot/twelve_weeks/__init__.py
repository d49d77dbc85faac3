"""Twelve weeks of a person who does not exist, through the real desk and the real stores; no radio, no broker.

In: a seed. Out: a data folder that every command can read, and a report of what came of it; the same seed, the same
bytes. The person's feet are the synthetic walker's; what happens to them is a script, how long they walk is what the
walking programme asked for that morning.
Must not know: how anything is judged. It says and hears only what insoles and people say and hear.
"""
