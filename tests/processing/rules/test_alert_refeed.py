"""Processing dies anywhere in a walk, comes back with what was kept and is fed the walk again: the same book."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules_kit import WALK, S, baseline, second

from ingest.wire.alerts import Alert, AlertReply, AlertState
from ingest.wire.geometry import Side
from ingest.wire.messages import Metrics
from processing.rules.engine import RuleEngine
from processing.rules.lifecycle import AlertBook
from processing.rules.preset import load_preset

DEMO = load_preset("demo")

STRETCHES = st.lists(
    st.tuples(
        st.integers(1, 80),
        st.fixed_dictionaries(
            {
                "left_pct": st.sampled_from([43.0, 50.0, 60.0, None]),
                "si_pct": st.sampled_from([8.0, 20.0, 25.0, 40.0, -30.0, None]),
                "coverage_pct": st.sampled_from([100.0, 100.0, 30.0]),
                "walking": st.sampled_from([True, True, True, False, None]),
                "absent": st.sampled_from([(), (), (Side.RIGHT,), (Side.LEFT, Side.RIGHT)]),
            }
        ),
    ),
    min_size=1,
    max_size=12,
)


def walk(stretches: list) -> list[Metrics]:
    told = [given for length, given in stretches for _ in range(length)]
    return [second(k, **given) for k, given in enumerate(told)]


def run(book: AlertBook, seconds: list[Metrics], answered: dict[int, str], *, finish: bool) -> None:
    """Feed a walk; `answered` acknowledges the oldest alert that nobody has answered, at these seconds."""
    engine = RuleEngine(DEMO, baseline(), WALK)
    for k, metrics in enumerate(seconds):
        for alert in engine.feed(metrics):
            book.on_engine(alert)
        waiting = [
            alert for alert in book.alerts if alert.state is not AlertState.CLOSED and alert.acknowledged_t_ns is None
        ]
        if k in answered and waiting:
            book.on_reply(AlertReply(id=waiting[0].id, do="acknowledge", by=answered[k], t_ns=metrics.t_ns))
    if finish and seconds:
        for alert in engine.finish():
            book.on_engine(alert)
        book.as_of(seconds[-1].t_ns + 3600 * S)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(stretches=STRETCHES, data=st.data())
def test_cut_anywhere_and_fed_again_gives_the_same_book(stretches: list, data: st.DataObject) -> None:
    seconds = walk(stretches)
    cuts = data.draw(st.lists(st.integers(0, len(seconds)), max_size=3))
    answered = dict.fromkeys(data.draw(st.lists(st.integers(0, len(seconds)), max_size=4)), "carer-1")
    whole = AlertBook()
    run(whole, seconds, answered, finish=True)
    kept: tuple[Alert, ...] = ()
    done = 0
    for cut in [*sorted(cuts), len(seconds)]:
        book = AlertBook()
        book.restore(kept)
        fresh = {k: by for k, by in answered.items() if k >= done}  # a person answers once
        run(book, seconds[:cut], fresh, finish=cut == len(seconds))
        kept, done = book.alerts, cut
    assert kept == whole.alerts


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(stretches=STRETCHES)
def test_every_alert_of_a_walk_ends_once_and_has_its_own_name(stretches: list) -> None:
    engine = RuleEngine(DEMO, baseline(), WALK)
    said = [alert for metrics in walk(stretches) for alert in engine.feed(metrics)] + engine.finish()
    raised = [alert.id for alert in said if alert.cleared_t_ns is None and alert.level != "medium"]
    ended = [alert.id for alert in said if alert.cleared_t_ns is not None]
    assert len(set(raised)) == len(raised)
    assert sorted(raised) == sorted(ended)
