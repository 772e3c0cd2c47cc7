"""Why each destination stands where it stands among those that may take a contact."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bporoute._kernels.routing import codes
from bporoute.center._contact import Contact, Sourcing
from bporoute.policies._rule import Rule
from bporoute.routing._tables._evidence import Evidence

_NO_ROOM = "kept only while an agent has room for it"


def standing(contact: Contact, evidence: Evidence) -> dict[str, str]:
    """Destination -> why it comes before others that cost less, or after; where there is anything to say."""
    contact_type, queue, ranked = evidence.profile.request.contact_type, evidence.queue, evidence.ranked
    others = [name for name in ranked if name != queue]
    solved = evidence.basis.solved
    if contact_type is None or not others:
        return {}
    said: dict[str, str] = {}
    if evidence.sourced_out and queue in ranked:
        windows = ", ".join(contact_type.hand_over)
        overflow = contact_type.sourcing == Sourcing.OVERFLOW
        how = f"handed over {windows}" if overflow else f"sourced {contact_type.sourcing}"
        said[queue] = f"the fallback: contacts of this type are {how}"
    if solved is None or evidence.belief in ("lost", "distrusted"):
        return said
    rule = solved.rule
    if rule.shares is not None:
        return dict(_by_share(evidence, rule)) | said
    for name in others:
        if evidence.places[name][0] == codes.WARMED:
            share = (rule.warm or {}).get(name, 0.0)
            said[name] = f"kept warm: its share of {100.0 * share:.3g} % is due, whatever it costs"
    if queue in ranked and queue not in said:
        said[queue] = _gate(evidence, rule) or _threshold(contact, evidence)
    return {name: why for name, why in said.items() if why}


def _by_share(evidence: Evidence, rule: Rule) -> Iterator[tuple[str, str]]:
    """What the shares have to do with it."""
    shares, ranked, queue = rule.shares or {}, evidence.ranked, evidence.queue
    out = sum(shares.get(name, 0.0) for name in evidence.profile.destinations[1:])
    able = sum(shares.get(name, 0.0) for name in ranked if name != queue)
    for name in ranked:
        share = shares.get(name, 0.0)
        if name == queue:
            yield name, _kept_by_share(evidence, rule, out, able)
        elif share == 0.0:
            yield name, "has no share"
        else:
            of = f"its share is {100.0 * share:.3g} %"
            if able < out:
                of += f", {100.0 * share * out / able:.3g} % while others may take none"
            used_up = not rule.by_hash and ranked[0] != name
            yield name, f"{of}, used up for now" if used_up else of


def _kept_by_share(evidence: Evidence, rule: Rule, out: float, able: float) -> str:
    """Why the in-house queue has a contact, or has it not, by shares of the vendors."""
    if able == 0.0:
        return "nobody who has a share may take it" if out > 0.0 else "no vendor that may take it has a share"
    if rule.by_hash:
        drawn, below = f"its id draws {evidence.luck:.4f}", f"below {out:.4g} contacts go out"
        return f"{drawn}, {below}" if evidence.luck < out else f"{drawn}, only {below}"
    if evidence.ranked[0] == evidence.queue:
        return "the vendors' shares are used up for now"
    return f"its share is {100.0 * (1.0 - out):.3g} %"


def _gate(evidence: Evidence, rule: Rule) -> str:
    """What a gate that was moved lately, or that is open for a time, has to do with it."""
    since = evidence.gate_age
    goes_on = "sending out goes on" if evidence.was_open else "keeping goes on"
    if 0.0 <= since < rule.dwell:
        return f"{goes_on} for {_seconds(rule.dwell - since)} more: dwell {_seconds(rule.dwell)}"
    if evidence.was_open and rule.release < math.inf and not _kept(evidence):
        return f"{goes_on} until it is released, in {_seconds(rule.release - since)} at the latest"
    return ""


def _kept(evidence: Evidence) -> bool:
    """Whether the in-house queue comes before every vendor that is not only kept warm."""
    usual = (name for name, (tier, _) in evidence.places.items() if tier != codes.WARMED)
    return next(usual, "") == evidence.queue


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 1.0 else f"{seconds:.1g} s"


def _protection(contact: Contact, evidence: Evidence) -> str:
    """By how much the worth of the customer decides; empty if the contact would be kept without."""
    valued = evidence.basis.center.value_classes.get(contact.value_class)
    places = evidence.places
    if valued is None or not _kept(evidence):
        return ""
    usual = [key for name, (tier, key) in places.items() if name != evidence.queue and tier != codes.WARMED]
    cheapest = min(usual, default=math.inf)
    without = places[evidence.queue][1] + valued.keep_up_to
    if not math.isfinite(without) or without <= cheapest:
        return ""
    return f", up to {valued.keep_up_to:.2f} {evidence.basis.center.currency} more than the cheapest vendor"


def _threshold(contact: Contact, evidence: Evidence) -> str:
    """From where on the in-house queue would send such a contact out."""
    said = _threshold_in_words(evidence, evidence.sends_from(contact.value_class, before=True))
    valued = contact.value_class in evidence.basis.center.value_classes
    return f"{contact.value_class}: {said}{_protection(contact, evidence)}" if valued and said else said


def _threshold_in_words(evidence: Evidence, sends_from: float) -> str:
    state, present = evidence.state, evidence.present
    if state is None or math.isnan(sends_from):
        return ""
    kept = _kept(evidence)
    if kept != (present < sends_from):  # a rule of one's own that keeps, sends and keeps again
        return f"{'kept' if kept else 'sent out'} with {present:g} present, by the policy"
    if sends_from == math.inf:
        return "kept however many wait"
    if sends_from == 0:
        return "never kept"
    concurrency = evidence.basis.center.queues[evidence.queue].concurrency
    slots, one_each = state.agents * concurrency, concurrency == 1
    if sends_from < slots:
        many = f"{sends_from:g} agents are busy" if one_each else f"{sends_from:g} are in hand"
        return f"kept while fewer than {many}"
    waiting = math.floor(sends_from - slots)
    if waiting == 0:
        free = max(math.ceil(slots) - present, 0.0)
        if not one_each:
            return f"kept while an agent has room for it: for {free:g} more" if kept else _NO_ROOM
        if not kept:
            return "kept only while an agent is free"
        return f"kept while an agent is free: {free:g} {'is' if free == 1 else 'are'}"
    return "kept while nobody waits" if waiting == 1 else f"kept while fewer than {waiting} wait"
