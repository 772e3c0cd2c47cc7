"""What a contact asks for that nobody in the center has, and what was probably meant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from bporoute._base.vocabulary import odd_language
from bporoute.center._center import Center
from bporoute.center._language import speaks
from bporoute.center._odd_names import near_name
from bporoute.routing._hard_rules import HARD_RULE_CODES, Request

_SAME_LANGUAGE = {"nb": "no", "nn": "no", "fil": "tl", "cmn": "zh"}
"""Tag of BCP 47 -> another that means the same, or a language of which it is the usual form."""


def nobody_has(codes: Collection[int], request: Request, center: Center) -> list[str]:
    """A sentence for each thing that destinations were refused for and that nobody has.

    `codes` are those of the rules that refused. What is unknown in the center is looked for among what is
    known: a tag or word of the same language, or a name that is written nearly so.
    """
    return [said for code, find in _ASKED.items() if code in codes and (said := find(request, center))]


def _type(request: Request, center: Center) -> str:
    if request.contact_type is not None:
        return ""
    return _said("the center has no such contact type", near_name(request.type, center.contact_types))


def _data(request: Request, center: Center) -> str:
    unknown = next((name for name in request.data if name not in center.data_rules), None)
    if unknown is None:
        return ""
    return _said(f"no rule is named {unknown!r}", near_name(unknown, center.data_rules))


def _language(request: Request, center: Center) -> str:
    listed = [queue.languages for queue in center.queues.values()]
    listed += [vendor.languages for vendor in center.vendors.values()]
    wanted = request.language
    if not wanted or any(not spoken or speaks(wanted, spoken) for spoken in listed):
        return ""
    spoken = sorted({tag for each in listed for tag in each})
    return _said(f"nobody in the center speaks {wanted}", _near_language(wanted, spoken))


def _near_language(wanted: str, spoken: Iterable[str]) -> str:
    meant = odd_language(wanted) or wanted
    main = meant.lower().replace("_", "-").partition("-")[0]
    for tag in spoken:
        other = tag.lower().partition("-")[0]
        if other == main or _SAME_LANGUAGE.get(other, other) == _SAME_LANGUAGE.get(main, main):
            return f"did you mean {tag!r}?"
    return near_name(wanted, spoken)


def _certificate(request: Request, center: Center) -> str:
    held = {name for vendor in center.vendors.values() for name in vendor.certificates}
    for wanted in request.contact_type.certificates if request.contact_type else ():
        if wanted not in held:
            return _said(f"no vendor holds {wanted}", near_name(wanted, held))
    return ""


def _skill(request: Request, center: Center) -> str:
    had = {name for vendor in center.vendors.values() for name in vendor.skills}
    for wanted in request.skills:
        if wanted not in had:
            return _said(f"no vendor has {wanted}", near_name(wanted, had))
    return ""


def _said(nobody: str, near: str) -> str:
    return f"{nobody}: {near}" if near else nobody


_ASKED: dict[int, Callable[[Request, Center], str]] = {
    HARD_RULE_CODES["contact_type"]: _type,
    HARD_RULE_CODES["data_rule"]: _data,
    HARD_RULE_CODES["language"]: _language,
    HARD_RULE_CODES["skill"]: _skill,
    HARD_RULE_CODES["certificate"]: _certificate,
}
