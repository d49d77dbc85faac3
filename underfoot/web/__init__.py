"""THE PAGE: two live feet, one sentence, the alerts, the last 15 minutes. The only door of starlette.

In: a `ScreenModel`, a history and the browser's requests. Out: a page, server-sent events, replies to alerts.
It must not know MQTT, the store or how a figure comes about; it decides nothing. Its element ids are in README.md.
"""
