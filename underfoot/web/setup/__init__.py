"""Setting up in the browser: insoles, calibration, broker, the wearer.

In: forms, the state of `underfoot.setting_up`. Out: pages, steps of pairing as JSON.
Must not know: the radio, the settings file.
"""
