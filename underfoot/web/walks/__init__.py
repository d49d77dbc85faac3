"""Every stored walk, listed and played back.

In: what `underfoot.playback` makes of stored rows. Out: pages, frames as compact JSON.
Must not know: the store, how a calibration is applied.
"""
