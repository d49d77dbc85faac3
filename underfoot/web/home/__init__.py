"""The pages of those at home: the wearer's feet and diary, the carer's contact, live figures, the offline shell.

In: the live model, the journal, what people at home answer. Out: pages, server-sent events, entries and replies.
Must not know: limits, trends, accounts.
"""
