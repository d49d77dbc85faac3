"""Who comes in: signing in and out, the first account, one's own, everybody's; the gate over `underfoot.accounts`.

In: cookies, headers, forms. Out: a viewer or a refusal, pages.
Must not know: how a password is kept; anything of feet.
"""
