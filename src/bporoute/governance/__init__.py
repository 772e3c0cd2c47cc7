"""Was it right, was it worth it: decisions made again, a second policy, what vendors did.

A log is chained: every line has a number and the hash of the line before. What that proves and what not:
``docs/evidence.md``.

Not here: the decisions themselves (`bporoute.routing`).
"""

from bporoute.governance._audit import audit, audit_files
from bporoute.governance._audit_report import AuditReport, BadLine, Difference, PolicyAudit
from bporoute.governance._chain_report import ChainProblem, ChainReport, LogSeen
from bporoute.governance._decision_log import DecisionLog
from bporoute.governance._explained._explained import explain_decision
from bporoute.governance._explained._reasons import ReasonsReport, TurnedAway, WhereTo, reasons
from bporoute.governance._explained._results import ExplainedDecision, Flip, Given, Unmoved, Verdict
from bporoute.governance._invoices._check import check_invoice
from bporoute.governance._invoices._lines import InvoiceLine, InvoiceLines, read_invoice_lines
from bporoute.governance._invoices._statement import Finding, InvoiceCheck, ReasonTotal, VendorInvoice
from bporoute.governance._invoices._told import PeriodTold
from bporoute.governance._live_log import LiveDecisionLog
from bporoute.governance._log_status import LogStatus
from bporoute.governance._register._calendar import register_calendar
from bporoute.governance._register._dates import (
    RegisterDates,
    VendorDates,
    WatchedDate,
    read_register_dates,
)
from bporoute.governance._register._register import Register, RegisterEntry, register
from bporoute.governance._shadow import Shadow, ShadowExample, ShadowPair, ShadowReport
from bporoute.governance._trials._check import TrialLook, TrialMeasure, TrialReport, check_trial
from bporoute.governance._trials._plan import PlannedMeasure, TrialPlan, TrialSize, plan_trial
from bporoute.governance._trials._ratio import RatioCheck
from bporoute.governance._total_cost._costs import Cost, Costs, InHouseCosts, Offer, Today, read_costs
from bporoute.governance._total_cost._total_cost import total_cost
from bporoute.governance._total_cost._ways import BreakEven, SourcingWay, TotalCost, WayLine
from bporoute.governance._vendor_contacts import VendorContacts, read_vendor_contacts

__all__ = [
    "AuditReport",
    "BadLine",
    "BreakEven",
    "ChainProblem",
    "ChainReport",
    "Cost",
    "Costs",
    "DecisionLog",
    "Difference",
    "ExplainedDecision",
    "Flip",
    "Given",
    "Finding",
    "InvoiceCheck",
    "InvoiceLine",
    "InvoiceLines",
    "LiveDecisionLog",
    "LogSeen",
    "LogStatus",
    "PeriodTold",
    "InHouseCosts",
    "LiveDecisionLog",
    "LogSeen",
    "LogStatus",
    "Offer",
    "PolicyAudit",
    "ReasonsReport",
    "ReasonTotal",
    "PlannedMeasure",
    "PolicyAudit",
    "RatioCheck",
    "Register",
    "RegisterDates",
    "RegisterEntry",
    "Shadow",
    "ShadowExample",
    "ShadowPair",
    "ShadowReport",
    "TurnedAway",
    "Unmoved",
    "TrialLook",
    "TrialMeasure",
    "TrialPlan",
    "TrialReport",
    "TrialSize",
    "VendorContacts",
    "Verdict",
    "WhereTo",
    "audit",
    "audit_files",
    "explain_decision",
    "VendorInvoice",
    "audit",
    "audit_files",
    "check_invoice",
    "read_invoice_lines",
    "check_trial",
    "plan_trial",
    "read_vendor_contacts",
    "reasons",
    "SourcingWay",
    "Today",
    "TotalCost",
    "VendorContacts",
    "VendorDates",
    "WatchedDate",
    "WayLine",
    "audit",
    "audit_files",
    "read_costs",
    "read_register_dates",
    "read_vendor_contacts",
    "register",
    "register_calendar",
    "total_cost",
]
