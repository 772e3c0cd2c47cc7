"""How a company's call log and agent schedule are written down: which column is what."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from bporoute._base.checked import Checked


class LogFormat(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Columns and habits of a call log (CSV, one row per call).

    Attributes
    ----------
    columns : dict
        What we call it -> what the file calls it. Known names: ``arrival`` (required),
        ``type`` (required unless `default_type` is given), ``id``, ``language``, ``wait`` (seconds),
        ``outcome``, ``handle`` (seconds). A name that is not mapped is looked for as it is.
    agents_columns : dict
        The same for a schedule (CSV, one row per interval): ``date``, ``interval``, ``agents`` (required),
        ``queue`` (may be missing where the center has one queue).
    time_format : str
        ``strptime`` pattern of ``arrival``, such as ``"%d/%m/%Y %H:%M:%S"``; empty means ISO 8601. Times
        without an offset are the center's.
    default_type : str
        Contact type of every row where the file has no type column.
    types : dict
        What the file calls a contact type -> the center's name of it; unlisted ones stay as they are.
    abandoned : tuple of str
        Outcomes that mean the caller hung up while waiting; empty: the usual words for it, such as
        ``"ABANDON"``, ``"hung up"`` and ``"no answer"``.
    drop : tuple of dict
        Rows to leave out: a row goes if it matches every column = value of one of these tables.
    delimiter : str
        What separates the fields: a comma, a semicolon, a tab or a bar; empty: found out.
    """

    columns: dict[str, str] = field(default_factory=dict)
    agents_columns: dict[str, str] = field(default_factory=dict)
    time_format: str = ""
    default_type: str = ""
    types: dict[str, str] = field(default_factory=dict)
    abandoned: tuple[str, ...] = ()
    drop: tuple[dict[str, str], ...] = ()
    delimiter: Literal["", ",", ";", "\t", "|"] = ""
