"""Checks of CONTROL and STATUS: requests, replies, the books."""

from __future__ import annotations

from itertools import pairwise

from ingest.conform.facts import Facts
from ingest.conform.judge_identity import told
from ingest.conform.verdicts import Check, Judged, all_of, broken, not_tried, ok
from ingest.drivers import open_insole_control as control
from ingest.drivers import open_insole_wire as wire
from ingest.drivers.open_insole_control import Result

CCCD_IMPROPER = 0xFD
_REPLY_OCTETS, _STATUS_OCTETS = 20, 16
_STATUS_AT_MOST_S, _STATUS_AT_LEAST_S = 3.5, 0.5


def _subscription(facts: Facts) -> Judged:
    code = facts.att_error("control unsubscribed")
    seen = told(code, facts, "control unsubscribed")
    return ok(seen) if code == CCCD_IMPROPER else broken(seen)


def _one_reply(facts: Facts) -> Judged:
    asked = {
        name: step
        for name, step in facts.talk.steps.items()
        if step.characteristic == wire.CONTROL and step.sent and name != "control unsubscribed" and facts.step(name)
    }
    wrong = []
    for name, step in asked.items():
        boot = facts.info_of("info restarted").boot if step.link == 3 else facts.info.boot
        if not step.taken:
            wrong.append(f"{name}: {told(facts.att_error(name), facts, name)}")
        elif len(step.replies) != 1:
            wrong.append(f"{name}: {len(step.replies)} indications")
        elif len(step.replies[0].data) != _REPLY_OCTETS:
            wrong.append(f"{name}: {len(step.replies[0].data)} octets")
        else:
            reply = control.unpack_reply(step.replies[0].data)
            if reply.op != (step.sent or b"\0")[0]:
                wrong.append(f"{name}: a reply to request {reply.op}")
            if reply.count.boot != boot:
                wrong.append(f"{name}: of boot {reply.count.boot:#x}")
    return all_of(*wrong[:4], fine=f"{len(asked)} requests, one reply each")


def _result(facts: Facts, *names: str, wanted: tuple[Result, ...]) -> Judged:
    seen = {name: facts.reply(name).result for name in names}
    return all_of(
        *(f"{name}: {result.name}" for name, result in seen.items() if result not in wanted),
        fine=", ".join(dict.fromkeys(result.name for result in seen.values())),
    )


def _identify(facts: Facts) -> Judged:
    can = wire.Features.IDENTIFY in facts.info.features
    result = facts.reply("ask identify").result
    said = f"feature bit 0 is {int(can)}, the request gives {result.name}"
    return ok(said) if result is (Result.OK if can else Result.UNKNOWN_OP) else broken(said)


def _start(facts: Facts) -> Judged:
    reply, rest = facts.reply("start"), facts.reply("stop at rest")
    count = reply.count
    return all_of(
        None if reply.result is Result.OK else reply.result.name,
        None
        if reply.ns_per_row == facts.info.ns_per_row
        else f"{reply.ns_per_row} ns a row, asked was the nominal rate",
        f"first row {count.first_seq}, {rest.count.next_seq} was next"
        if count.first_seq != rest.count.next_seq
        else None,
        fine=f"first row {count.first_seq}",
    )


def _start_again(facts: Facts) -> Judged:
    first = facts.reply("start").count.first_seq
    again = {name: facts.reply(name) for name in ("start again", "start back") if name in facts.talk.steps}
    return all_of(
        *(f"{name}: {reply.result.name}" for name, reply in again.items() if reply.result is not Result.OK),
        *(
            f"{name}: first row {reply.count.first_seq}"
            for name, reply in again.items()
            if reply.count.first_seq != first
        ),
        fine=f"first row {first} each time",
    )


def _stop(facts: Facts) -> Judged:
    step, reply = facts.step("stop"), facts.reply("stop")
    last = facts.some_frames(2)[-1].next_seq
    anew = facts.talk.steps.get("start anew")
    until_s = anew.began_s if anew is not None else float("inf")
    after = [one for one in facts.frames if step.replies[0].t_s < one.t_s < until_s]
    return all_of(
        None if reply.result is Result.OK else reply.result.name,
        f"{len(after)} frames after the reply" if after else None,
        f"the last row seen is {last - 1}, the reply counts up to {reply.count.next_seq - 1}"
        if last != reply.count.next_seq and not after
        else None,
        fine=f"all rows up to {last - 1}, then the reply",
    )


def _start_anew(facts: Facts) -> Judged:
    stopped, anew = facts.reply("stop").count, facts.reply("start anew").count
    said = f"first row {anew.first_seq}, {stopped.next_seq} was next"
    return ok(said) if anew.first_seq == stopped.next_seq else broken(said)


def _status(facts: Facts) -> Judged:
    names = [name for name in ("status at rest", "status streaming", "status stopped") if name in facts.talk.steps]
    raw = {name: facts.read(name) for name in names}
    read = {name: control.unpack_status(data) for name, data in raw.items()}
    streaming = {"status streaming": True, "status stopped": False}
    return all_of(
        *(f"{name}: {len(data)} octets" for name, data in raw.items() if len(data) != _STATUS_OCTETS),
        *(f"{name}: of boot {one.count.boot:#x}" for name, one in read.items() if one.count.boot != facts.info.boot),
        *(
            f"{name}: bit 0 is {int(read[name].streaming)}"
            for name, wanted in streaming.items()
            if name in read and read[name].streaming != wanted
        ),
        *(f"{name}: flags {data[1]:#x}" for name, data in raw.items() if data[1] & ~1),
        fine="at rest, streaming and stopped",
    )


def _status_told(facts: Facts) -> Judged:
    start = facts.step("start")
    told_s = [one.t_s for one in facts.of(wire.STATUS, 1) if one.t_s >= start.ended_s]
    looked_s = (facts.link(1).ended_s or start.ended_s) - start.ended_s
    if looked_s < _STATUS_AT_MOST_S:
        return not_tried(f"only {looked_s:.1f} s of rows")
    longest_s = max(late - early for early, late in pairwise([start.ended_s, *told_s, start.ended_s + looked_s]))
    mean_s = looked_s / max(1, len(told_s))
    return all_of(
        f"none for {longest_s:.1f} s" if longest_s > _STATUS_AT_MOST_S else None,
        f"every {mean_s:.2f} s" if mean_s < _STATUS_AT_LEAST_S else None,
        fine=f"{len(told_s)} in {looked_s:.1f} s",
    )


def _books(facts: Facts) -> Judged:
    first = facts.reply("start").count.first_seq
    start_s, stop_s = facts.step("start").ended_s, facts.step("stop").began_s
    told = [(one.t_s, control.unpack_status(one.data)) for one in facts.of(wire.STATUS) if start_s < one.t_s < stop_s]
    wrong = []
    for t_s, status in told:
        seen = max((one.next_seq for one in facts.frames if one.t_s < t_s), default=0)
        if status.count.next_seq < seen:
            wrong.append(f"next row {status.count.next_seq}, {seen - 1} had come already")
        if status.count.first_seq != first:
            wrong.append(f"first row {status.count.first_seq}, START said {first}")
    if not told:
        return not_tried("no STATUS was notified")
    return all_of(*wrong[:2], fine=f"{len(told)} counts that agree with the rows")


def _mask(facts: Facts) -> Judged:
    masked = any(one.rows.not_measured for one in facts.frames_of(1))
    statuses = [control.unpack_status(one.data) for one in facts.of(wire.STATUS, 1)]
    statuses.append(facts.read_status("status streaming"))
    said = any(control.DeviceFault.CELL in one.faults for one in statuses)
    words = f"cells masked: {'yes' if masked else 'no'}, fault bit: {'yes' if said else 'no'}"
    return ok(words) if masked == said else broken(words)


CHECKS = (
    Check(
        name="control-subscription",
        section="7",
        asks="a request before indications are enabled is refused with 0xFD",
        advice="Look at the CCCD of CONTROL in its write handler.",
        judge=_subscription,
    ),
    Check(
        name="control-replies",
        section="7",
        asks="exactly one indication a request: 20 octets, the request's first octet, the boot id",
        advice="Answer each request once, in the form of section 7.",
        judge=_one_reply,
    ),
    Check(
        name="control-unknown",
        section="7",
        asks="UNKNOWN_OP for a request that there is not",
        advice="Answer result 1 to any first octet that section 7 does not list.",
        judge=lambda facts: _result(facts, "ask unknown", wanted=(Result.UNKNOWN_OP,)),
    ),
    Check(
        name="control-length",
        section="7",
        asks="BAD_LENGTH for a request that is too short or too long",
        advice="Compare the length of each request with the table before it is obeyed.",
        judge=lambda facts: _result(facts, "ask short", "ask long", wanted=(Result.BAD_LENGTH,)),
    ),
    Check(
        name="control-rate",
        section="7",
        asks="RATE_NOT_OFFERED for 1 ns a row",
        advice="Refuse rates that the insole cannot keep instead of choosing another.",
        judge=lambda facts: _result(facts, "ask rate", wanted=(Result.RATE_NOT_OFFERED,)),
    ),
    Check(
        name="control-side",
        section="7",
        asks="a side that is neither is refused: FAILED, or UNKNOWN_OP where SET_SIDE is not offered",
        advice="Take sides 1 and 2 only.",
        judge=lambda facts: _result(facts, "ask side", wanted=(Result.FAILED, Result.UNKNOWN_OP)),
    ),
    Check(
        name="identify",
        section="7",
        asks="IDENTIFY works where feature bit 0 says so, else UNKNOWN_OP",
        advice="Set feature bit 0 if and only if there is something that lights or vibrates.",
        judge=_identify,
    ),
    Check(
        name="status-request",
        section="7",
        asks="STATUS is answered with the present count, at rest and streaming",
        advice="Answer STATUS at any time, from the same counters as START and STOP.",
        judge=lambda facts: _result(facts, "ask status", "ask status streaming", wanted=(Result.OK,)),
    ),
    Check(
        name="start",
        section="7",
        asks="START begins at the next row, at the rate that was asked for",
        advice="Put the first row of the new stream and its rate into the reply to START.",
        judge=_start,
    ),
    Check(
        name="start-again",
        section="7",
        asks="START while a stream runs begins no new one, on a new link neither",
        advice="Keep the first row of the stream until STOP or a reset, whoever connects.",
        judge=_start_again,
    ),
    Check(
        name="stop",
        section="7",
        asks="STOP sends what was taken, then replies, then is silent",
        advice="Take no more rows, flush the frame that is not full, and only then indicate the reply.",
        judge=_stop,
    ),
    Check(
        name="stop-at-rest",
        section="7",
        asks="STOP without a stream is answered OK",
        advice="Answer OK to STOP whether a stream runs or not.",
        judge=lambda facts: _result(facts, "stop at rest", wanted=(Result.OK,)),
    ),
    Check(
        name="start-anew",
        section="7",
        asks="START after STOP begins a new stream at the next number",
        advice="Never begin numbers again within a boot.",
        judge=_start_anew,
    ),
    Check(
        name="status-read",
        section="8",
        asks="STATUS reads at any time; bit 0 tells whether a stream runs",
        advice="Build STATUS from the present state whenever it is read, with reserved bits 0.",
        judge=_status,
    ),
    Check(
        name="status-notified",
        section="8",
        asks="STATUS is notified about every 2 s while rows are sent",
        advice="Notify STATUS from a timer of 2 s.",
        judge=_status_told,
    ),
    Check(
        name="status-books",
        section="8",
        asks="first and next row in STATUS agree with START and with the rows",
        advice="Count a row when it is taken, before it is sent, and count on over lost links.",
        judge=_books,
    ),
    Check(
        name="mask",
        section="6, 8",
        asks="a masked cell and fault bit 0x0001 go together",
        advice="Set the fault bit while any cell is masked in the frames, and only then.",
        judge=_mask,
    ),
)
