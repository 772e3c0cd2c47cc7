"""What is asked and what is answered over HTTP, as types; the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bporoute.routing._outcome import OUTCOMES

Token = Annotated[
    str, Meta(description="As `route` or `divert` answered it, see docs/tokens.md.", max_length=4_096)
]
Told = Annotated[
    Any, Meta(description="A text; anything else is read as one, and `degraded` says so. null: unknown.")
]
Several = Annotated[Any, Meta(description="A list of texts, or one text with commas between.")]
Number = float | None | UnsetType
Seconds = Annotated[float | None, Meta(description="Seconds; null: unknown.")]
Engine = Annotated[
    Literal["sip", "q850", "dialstatus", "queuestatus", "twilio", "connect"],
    Meta(description="Whose word `ending` is."),
]
Ending = Annotated[
    str | int, Meta(description="The engine's word for how it ended, as 503, 'NOANSWER' or 'busy'.")
]


class RouteRequest(Struct, kw_only=True):
    """A contact that somebody has to take; nothing of it is refused, the answer says what was not read."""

    type: Annotated[Told, Meta(examples=["service"])] = None
    language: Annotated[Told, Meta(examples=["sv", "sv_SE", "sv-SE,sv;q=0.9"])] = None
    id: Annotated[
        Told, Meta(examples=["call-1"], description="Who asks again with the same id gets the same answer.")
    ] = None
    data: Several = None
    country: Annotated[Told, Meta(examples=["SE"])] = None
    value_class: Told = None
    due: Annotated[Any, Meta(description="Epoch seconds, or an ISO 8601 text with its offset.")] = None
    skills: Several = None
    exclude: Annotated[Any, Meta(description="Destinations that are out for this one contact.")] = None
    explain: Annotated[Any, Meta(description="true or 1: the answer has the decision in words, too.")] = None


class RouteAnswer(Struct, kw_only=True, gc=False):
    """Where a contact goes.

    Attributes
    ----------
    action : str
        ``keep``, ``overflow``, ``callback`` or ``reject``; ``none`` if nobody is left to divert to.
    destination, address : str
        The queue or vendor that takes it, and where that is: from configuration; empty: nobody does.
    token : str
        By which it is diverted and settled.
    degraded : str
        What the router could not know; empty: nothing.
    ranked : tuple of str
        Every destination that may take it, best first.
    cost, expected_wait : float or None
        Money that the way costs, and seconds of waiting, as expected.
    repeated : bool
        Whether this contact was asked about before: it is counted once.
    explain : str
        In words, if that was asked for.
    """

    action: Literal["keep", "overflow", "callback", "reject", "defer", "none"]
    destination: str = ""
    address: str = ""
    token: str = ""
    degraded: str = ""
    ranked: tuple[str, ...] = ()
    cost: float | None = None
    expected_wait: float | None = None
    repeated: bool = False
    explain: str = ""


class Rejected(Struct):
    """A destination that may not take the contact, by which rule, and why in words."""

    destination: str
    rule: str
    text: str


class PreviewAnswer(RouteAnswer, kw_only=True):
    """What would be answered now; nothing is counted.

    Attributes
    ----------
    rejected : list of Rejected
        Who may not take it, and why.
    """

    rejected: list[Rejected] = []


class DivertRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """A contact that failed where it was sent.

    Attributes
    ----------
    token : str
        Of the decision that failed.
    failed : str
        Why, in words.
    outcome : str
        ``failed``, or ``undelivered``: it never got there, which does not count against the vendor.
    engine, ending : str
        The same in an engine's words.
    contact : dict or None
        The contact, if it is at hand: see `RouteRequest`.
    """

    token: Token
    failed: Annotated[str, Meta(max_length=1_000, examples=["503"])] = ""
    outcome: Literal["failed", "undelivered"] = "failed"
    engine: Engine = "sip"
    ending: Ending | None = None
    contact: dict[str, Any] | None = None
    explain: Any = None


class SettleRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """How a contact ended: by an outcome, or by an engine's word for it.

    Attributes
    ----------
    token : str
        Of the decision.
    outcome : str or None
        ``answered``, ``abandoned``, ``failed`` or ``undelivered``.
    engine, ending : str
        The same in an engine's words.
    wait, handle : float or None
        Seconds waited and handled.
    """

    token: Token
    outcome: Annotated[str | None, Meta(extra_json_schema={"enum": [*OUTCOMES, None]})] = None
    engine: Engine = "sip"
    ending: Ending | None = None
    wait: Seconds = None
    handle: Seconds = None


class SettleAnswer(Struct, kw_only=True):
    """What became of it.

    Attributes
    ----------
    settled : bool
        Whether the contact ended by this.
    owed : float
        Money that the vendor is owed for it.
    currency : str
        In which.
    refused : str
        Why nothing changed: ``settled``, ``expired``, ``foreign``, ``forged``, ``unreadable``, ``busy`` (tell
        it again), or that nobody knows the ending; empty: it did.
    """

    settled: bool
    owed: float = 0.0
    currency: str = ""
    refused: str = ""


class QueueTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is true of a queue; what is left out stays as it was, null is not known any more.

    Attributes
    ----------
    agents, busy, waiting : float
        Agents at work, contacts in hand, contacts in line.
    arrival_rate : float
        Contacts per second.
    aht : float
        Mean handle time, seconds.
    """

    agents: Number = UNSET
    busy: Number = UNSET
    waiting: Number = UNSET
    arrival_rate: Number = UNSET
    aht: Number = UNSET


class VendorTold(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is true of a vendor, likewise.

    Attributes
    ----------
    up : bool
        Whether it can be reached.
    in_flight, capacity : float
        Contacts there, and the most at once.
    expected_wait : float
        Mean wait there, seconds.
    """

    up: bool | UnsetType | None = UNSET
    in_flight: Number = UNSET
    capacity: Number = UNSET
    expected_wait: Number = UNSET


class StateRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is true of queues and vendors at an instant, by their names.

    Attributes
    ----------
    queues, vendors : dict
        Name -> what is told of it.
    at : float or None
        Epoch seconds; null: now.
    """

    queues: dict[str, QueueTold] = {}
    vendors: dict[str, VendorTold] = {}
    at: Annotated[float | None, Meta(examples=[1795428000.0])] = None


class StateAnswer(Struct, kw_only=True):
    """Of whom it was noted, and which names nobody has."""

    told: list[str] = []
    unknown: list[str] = []


class HealthAnswer(Struct, kw_only=True):
    """How the router is, in short.

    Attributes
    ----------
    ok : bool
        Whether nothing is wrong. It decides even if something is.
    compiled : bool
        Whether decisions are made by machine code.
    trouble : list of str
        What is wrong: of the clock, the ledger, states that are lost; and who is out by health.
    open_contacts : int
        Contacts that are not settled.
    """

    ok: bool
    compiled: bool
    trouble: list[str] = []
    open_contacts: int = 0


class Complaint(Struct, kw_only=True):
    """What is wrong with a request.

    Attributes
    ----------
    error : str
        In a sentence.
    where, found, expected : str
        The same in parts, where there are some.
    """

    error: str
    where: str = ""
    found: str = ""
    expected: str = ""
