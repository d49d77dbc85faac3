"""Virtual insoles: real Bluetooth peripherals (Bumble) on a virtual radio, each wearing a walk. The only Bumble.

In: a walk (a synthetic walker or a recording), trouble on command. Out: advertisements, GATT, notifications.
Must not know: the hub's end of the link. What is right or wrong with a walk's numbers is the hub's to find out.
"""
