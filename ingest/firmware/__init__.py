"""Firmware update over the link that is open: an image file and an insole within reach in, a newer insole out.

MCUboot images over MCUmgr's SMP: uploaded beside the firmware that runs, tried once, kept only after it has shown
that it works. Whatever breaks off leaves the old firmware running. Knows neither radio nor drivers, only protocols.
"""
