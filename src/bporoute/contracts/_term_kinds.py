"""The terms that a contract may have, each by its ``kind``, and which of them contradict each other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from bporoute._base.fields import converted, did_you_mean
from bporoute._base.words import counted
from bporoute.contracts._agreed_volume import CapacityOption, FixedFee, ResourceCharge
from bporoute.contracts._commitments import Commitment, MinimumCommitment, TakeOrPay
from bporoute.contracts._minimum_charge import MinimumCharge
from bporoute.contracts._multiplier import Multiplier
from bporoute.contracts._service_credits import ForecastLock, ServiceCredits
from bporoute.contracts._start_up import Ramp, Trial
from bporoute.contracts._tiers import VolumeTiers
from bporoute.contracts._unit_prices import PerContact, PerFte, PerHour, PerMinute, PerResolution
from bporoute.contracts._whole_bill import Currency, GainShare, Indexation
from bporoute.errors import InputError, shown

ContractTerm = (
    PerContact
    | PerMinute
    | PerHour
    | PerFte
    | PerResolution
    | FixedFee
    | VolumeTiers
    | ResourceCharge
    | CapacityOption
    | TakeOrPay
    | MinimumCommitment
    | Multiplier
    | ServiceCredits
    | ForecastLock
    | Ramp
    | Trial
    | MinimumCharge
    | GainShare
    | Indexation
    | Currency
)
KINDS: dict[str, Any] = {str(kind.__struct_config__.tag): kind for kind in get_args(ContractTerm)}

# Of each of these a contract has one at most: two of them would contradict each other.
_ONCE: tuple[tuple[str, Any], ...] = (
    ("a commitment", Commitment),
    ("service-level money", ServiceCredits),
    ("a forecast lock", ForecastLock),
    ("a ramp", Ramp),
    ("a trial", Trial),
    ("a minimum charge", MinimumCharge),
    ("a gain share", GainShare),
    ("an indexation", Indexation),
    ("a currency", Currency),
)

if TYPE_CHECKING:
    Terms = tuple[ContractTerm, ...]
else:  # each table is read as what its kind says, so that a mistake is reported in words of that kind
    Terms = tuple[Any, ...]


def checked_term(raw: Any, where: str) -> Any:
    """A term from a table, or from a struct that may have been built in Python, where it meets no ranges."""
    if isinstance(raw, tuple(KINDS.values())):
        try:
            return converted(msgspec.to_builtins(raw), type(raw), where)
        except TypeError as failure:
            raise InputError(where, str(failure), "Python's own numbers, texts and tuples") from None
    if not isinstance(raw, dict):
        raise InputError(where, shown(raw), "a term: a table with a kind")
    kind = raw.get("kind")
    if kind is None:
        raise InputError(where, "no 'kind'", f"one of: {', '.join(sorted(KINDS))}")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"{where}.kind", shown(kind), did_you_mean(str(kind), sorted(KINDS)))
    return converted(raw, KINDS[kind], where)


def check_terms(terms: Terms, *, start: date | None, cap_per_period: int | None, tiers: bool) -> None:
    """Raise InputError at the first term that contradicts another, or the contract (`tiers`: it has some)."""
    for what, kinds in _ONCE:
        places = [place for place, term in enumerate(terms) if isinstance(term, kinds)]
        if len(places) > 1:
            raise InputError(
                f"terms[{places[1]}]",
                f"{what}, as terms[{places[0]}] is too",
                "one of them: two contradict each other",
            )
    by_volume = "the contract's tiers" if tiers else next(filter(None, map(_priced_by_volume, terms)), "")
    multiplied = any(isinstance(term, Multiplier) for term in terms)
    for place, term in enumerate(terms):
        where = f"terms[{place}]"
        if isinstance(term, Trial) and start is None:
            raise InputError(where, "a trial in a contract without a start", "a start of the contract")
        if isinstance(term, Ramp) and start is None and term.start is None:
            raise InputError(where, "a ramp without a start", "a start of the ramp or of the contract")
        if isinstance(term, MinimumCharge) and by_volume:
            wanted = "prices that do not depend on the volume, or no minimum charge"
            raise InputError(where, f"a minimum charge beside {by_volume}", wanted)
        if isinstance(term, TakeOrPay) and not term.measure.in_minutes:
            least = term.share * (term.volume or 0)
            if cap_per_period is not None and least > cap_per_period and not multiplied:
                most = f"at most cap_per_period, {cap_per_period}"
                raise InputError(where, f"{counted(least, 'contact')} committed", most)


def _priced_by_volume(term: Any) -> str:
    """What a term is if its prices depend on the volume of the period, so that no contact has its own."""
    match term:
        case VolumeTiers():
            return "volume tiers"
        case FixedFee(overage_price=price) if price:
            return "a fixed fee with an overage price"
        case ResourceCharge():
            return "a resource charge"
        case CapacityOption():
            return "a capacity option"
    return ""
