"""Was it right, was it worth it: decisions made again, a second policy, what vendors did.

A log is chained: every line has a number and the hash of the line before. What that proves and what not:
``docs/evidence.md``.

Not here: the decisions themselves (`bporoute.routing`).
"""

from typing import TYPE_CHECKING

from bporoute._base.door import opened
from bporoute.governance._audit import audit, audit_files
from bporoute.governance._audit_report import AuditReport, BadLine, Difference, PolicyAudit
from bporoute.governance._chain_report import ChainProblem, ChainReport, LogSeen
from bporoute.governance._decision_log import DecisionLog
from bporoute.governance._live_log import LiveDecisionLog
from bporoute.governance._log_status import LogStatus
from bporoute.governance._shadow import Shadow, ShadowExample, ShadowPair, ShadowReport

if TYPE_CHECKING:
    from bporoute.governance._explained._explained import explain_decision
    from bporoute.governance._explained._reasons import ReasonsReport, TurnedAway, WhereTo, reasons
    from bporoute.governance._explained._results import ExplainedDecision, Flip, Given, Unmoved, Verdict
    from bporoute.governance._failures._agents_needed import AgentsNeeded
    from bporoute.governance._failures._bounds_used import BoundUsed
    from bporoute.governance._failures._concentration import Concentration
    from bporoute.governance._failures._kinds import Bar, Stranded
    from bporoute.governance._failures._prepayment import Prepayment
    from bporoute.governance._failures._results import Failure, MayTake, Moved, QueueAfter, VendorFailures
    from bporoute.governance._failures._what_if_fails import what_if_fails
    from bporoute.governance._invoices._check import check_invoice
    from bporoute.governance._invoices._lines import InvoiceLine, InvoiceLines, read_invoice_lines
    from bporoute.governance._invoices._statement import Finding, InvoiceCheck, ReasonTotal, VendorInvoice
    from bporoute.governance._invoices._told import PeriodTold
    from bporoute.governance._register._calendar import register_calendar
    from bporoute.governance._register._dates import (
        RegisterDates,
        VendorDates,
        WatchedDate,
        read_register_dates,
    )
    from bporoute.governance._register._register import Register, RegisterEntry, register
    from bporoute.governance._scorecards._money import PeriodBill
    from bporoute.governance._scorecards._relief import LockedForecast, Relief, read_locked_forecast
    from bporoute.governance._scorecards._results import (
        AllVendors,
        LevelChange,
        Scorecard,
        VendorPeriod,
        VendorScore,
        VolumeShift,
    )
    from bporoute.governance._scorecards._scorecard import scorecard
    from bporoute.governance._scorecards._totals import VendorTotals, read_vendor_totals
    from bporoute.governance._total_cost._costs import Cost, Costs, InHouseCosts, Offer, Today, read_costs
    from bporoute.governance._total_cost._total_cost import total_cost
    from bporoute.governance._total_cost._ways import BreakEven, SourcingWay, TotalCost, WayLine
    from bporoute.governance._trials._check import TrialLook, TrialMeasure, TrialReport, check_trial
    from bporoute.governance._trials._plan import PlannedMeasure, TrialPlan, TrialSize, plan_trial
    from bporoute.governance._trials._ratio import RatioCheck
    from bporoute.governance._vendor_contacts import VendorContacts, read_vendor_contacts
else:  # whoever only reads or writes a log does without
    __getattr__ = opened(
        __name__,
        {
            "_explained._explained": "explain_decision",
            "_explained._reasons": "ReasonsReport TurnedAway WhereTo reasons",
            "_explained._results": "ExplainedDecision Flip Given Unmoved Verdict",
            "_failures._agents_needed": "AgentsNeeded",
            "_failures._bounds_used": "BoundUsed",
            "_failures._concentration": "Concentration",
            "_failures._kinds": "Bar Stranded",
            "_failures._prepayment": "Prepayment",
            "_failures._results": "Failure MayTake Moved QueueAfter VendorFailures",
            "_failures._what_if_fails": "what_if_fails",
            "_invoices._check": "check_invoice",
            "_invoices._lines": "InvoiceLine InvoiceLines read_invoice_lines",
            "_invoices._statement": "Finding InvoiceCheck ReasonTotal VendorInvoice",
            "_invoices._told": "PeriodTold",
            "_register._calendar": "register_calendar",
            "_register._dates": "RegisterDates VendorDates WatchedDate read_register_dates",
            "_register._register": "Register RegisterEntry register",
            "_scorecards._money": "PeriodBill",
            "_scorecards._relief": "LockedForecast Relief read_locked_forecast",
            "_scorecards._results": "AllVendors LevelChange Scorecard VendorPeriod VendorScore VolumeShift",
            "_scorecards._scorecard": "scorecard",
            "_scorecards._totals": "VendorTotals read_vendor_totals",
            "_total_cost._costs": "Cost Costs InHouseCosts Offer Today read_costs",
            "_total_cost._total_cost": "total_cost",
            "_total_cost._ways": "BreakEven SourcingWay TotalCost WayLine",
            "_trials._check": "TrialLook TrialMeasure TrialReport check_trial",
            "_trials._plan": "PlannedMeasure TrialPlan TrialSize plan_trial",
            "_trials._ratio": "RatioCheck",
            "_vendor_contacts": "VendorContacts read_vendor_contacts",
        },
    )

__all__ = [
    "AgentsNeeded",
    "AllVendors",
    "AuditReport",
    "BadLine",
    "Bar",
    "BoundUsed",
    "BreakEven",
    "ChainProblem",
    "ChainReport",
    "Concentration",
    "Cost",
    "Costs",
    "DecisionLog",
    "Difference",
    "ExplainedDecision",
    "Failure",
    "Finding",
    "Flip",
    "Given",
    "InHouseCosts",
    "InvoiceCheck",
    "InvoiceLine",
    "InvoiceLines",
    "LevelChange",
    "LiveDecisionLog",
    "LockedForecast",
    "LogSeen",
    "LogStatus",
    "MayTake",
    "Moved",
    "Offer",
    "PeriodBill",
    "PeriodTold",
    "PlannedMeasure",
    "PolicyAudit",
    "Prepayment",
    "QueueAfter",
    "RatioCheck",
    "ReasonTotal",
    "ReasonsReport",
    "Register",
    "RegisterDates",
    "RegisterEntry",
    "Relief",
    "Scorecard",
    "Shadow",
    "ShadowExample",
    "ShadowPair",
    "ShadowReport",
    "SourcingWay",
    "Stranded",
    "Today",
    "TotalCost",
    "TrialLook",
    "TrialMeasure",
    "TrialPlan",
    "TrialReport",
    "TrialSize",
    "TurnedAway",
    "Unmoved",
    "VendorContacts",
    "VendorDates",
    "VendorFailures",
    "VendorInvoice",
    "VendorPeriod",
    "VendorScore",
    "VendorTotals",
    "Verdict",
    "VolumeShift",
    "WatchedDate",
    "WayLine",
    "WhereTo",
    "audit",
    "audit_files",
    "check_invoice",
    "check_trial",
    "explain_decision",
    "plan_trial",
    "read_costs",
    "read_invoice_lines",
    "read_locked_forecast",
    "read_register_dates",
    "read_vendor_contacts",
    "read_vendor_totals",
    "reasons",
    "register",
    "register_calendar",
    "scorecard",
    "total_cost",
    "what_if_fails",
]
