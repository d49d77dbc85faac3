"""ALERTS: one person's alerts between the rules, people and the journal.

In: what rules say of an alert, replies, the time. Out: alerts and their news to publish, tasks for the clinician.
Must not know: figures and rows; how an alert comes about. What may sound is judged in `rules.peace`, and told here.
"""
