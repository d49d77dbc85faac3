"""WAYS OUT: what of the journal and the broker reaches the home hub, a phone, a mailbox.

In: messages on our topics, alerts and deliveries of the journal, names and URLs of channels.
Out: a description of the person for Home Assistant, notifications, and what became of each.
Must not know: how an alert comes about or whether it may sound; that has been decided before.
"""
