"""From alerts to the clinician's tasks: the task is kept first, then the alert that it escalates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import tzinfo

from ingest.wire.alerts import Alert, AlertReply
from processing.rules import escalation
from processing.rules.escalation import Handover, HandoverWhy
from processing.rules.lifecycle import AlertBook, escalated
from processing.rules.ruleset import RulesAt
from processing.store.journal import Journal, Task, TaskWhy

_OURS = frozenset(TaskWhy(why.value) for why in HandoverWhy)


class HandingOver:
    """One person's. A task that the journal has is never put again: somebody may have dealt with it since."""

    def __init__(
        self,
        person: str,
        journal: Journal,
        book: AlertBook,
        rules_at: RulesAt,
        zone: tzinfo,
    ) -> None:
        self._person = person
        self._journal = journal
        self._book = book
        self._rules_at = rules_at
        self._zone = zone
        self._tasks: dict[str, Task] = {}
        self._of_alert: dict[str, Task] = {}  # by the alert that it escalates
        for task in journal.tasks(person):
            if task.why in _OURS:
                self._know(task)

    def follow(self, before: Alert | None, alert: Alert) -> Alert:
        """The alert, handed to the clinician where this change asks for it. Tasks that it causes are kept."""
        if alert.rule == escalation.WARM and alert.escalated_t_ns is None:
            self._warm(alert)
        is_outcome_new = alert.outcome is not None and (before is None or before.outcome is None)
        if alert.rule == escalation.SUSTAINED and is_outcome_new:
            rule = self._rules_at(alert.raised_t_ns).escalation
            handed = {name for task in self._tasks.values() if task.why is TaskWhy.REPEATED for name in task.about}
            self._open(escalation.repeated(self._book.alerts, handed, rule, self._zone))
        if alert.escalated_t_ns is not None:
            return alert
        task = self._of_alert.get(alert.id)
        return alert if task is None else escalated(alert, task.opened_t_ns, task.text)

    def is_due(self, alert: Alert) -> bool:
        """Whether `follow` would hand this alert over as it stands."""
        return alert.escalated_t_ns is None and (alert.rule == escalation.WARM or alert.id in self._of_alert)

    def ask(self, alert: Alert, reply: AlertReply) -> None:
        """Somebody hands the alert on; the first time counts."""
        self._open([escalation.asked(alert, reply, self._zone)])

    def _warm(self, alert: Alert) -> None:
        """One task a foot for what is found in one night: a hot foot is warm in many places."""
        found = escalation.warm(alert, self._zone)
        for task in self._journal.tasks(self._person, open_only=True):
            first = self._book.get(task.about[0])
            if task.why is not TaskWhy.WARM or first is None or first.side is not alert.side:
                continue
            if alert.id in task.about:
                return
            if task.opened_t_ns == found.opened_t_ns:
                joined = replace(task, text=f"{task.text} {alert.evidence}", about=(*task.about, alert.id))
                self._journal.put_task(joined)
                self._know(joined)
                return
        self._open([found])

    def _open(self, handovers: Iterable[Handover]) -> None:
        for handover in handovers:
            if handover.id in self._tasks:
                continue
            task = Task(
                id=handover.id,
                person=self._person,
                why=TaskWhy(handover.why.value),
                text=handover.text,
                about=handover.about,
                opened_t_ns=handover.opened_t_ns,
                due=handover.due,
            )
            self._journal.put_task(task)
            self._know(task)

    def _know(self, task: Task) -> None:
        self._tasks[task.id] = task
        for name in task.about if task.why is TaskWhy.WARM else task.about[-1:]:
            self._of_alert.setdefault(name, task)
