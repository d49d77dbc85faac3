"""One number for everything that a journal says of a person: the same journal, the same digest."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from processing.store.journal import JournalReading


def digest(journal: JournalReading, person: str) -> str:
    """SHA-256 in hexadecimal over what the journal tells, in its order; the bytes of its file may differ."""
    told = (
        journal.people(),
        journal.entries(person),
        journal.alerts(person),
        [journal.alert_history(person, alert.id) for alert in journal.alerts(person)],
        journal.replies(person),
        journal.tasks(person),
        journal.deliveries(person),
        journal.days_in_touch(person),
        journal.baselines(person),
        journal.calibrations(person),
        journal.walks(person),
        journal.audit(),
    )
    sum_of = sha256()
    for part in told:
        sum_of.update(msgspec.json.encode(part, order="sorted"))
        sum_of.update(b"\n")
    return sum_of.hexdigest()
