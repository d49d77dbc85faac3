"""The radio: the only room that speaks bleak.

In: advertisements and notifications of insoles, over BlueZ or over virtual air. Out: a `Source` per insole.
It carries out what drivers ask for; it must not know what their bytes mean, nor the clock, the spool or the broker.
"""
