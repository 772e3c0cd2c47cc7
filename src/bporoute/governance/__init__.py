"""Was it right: decisions made again, a second policy beside the first.

Not here: the decisions themselves (`bporoute.routing`).
"""

from bporoute.governance._audit import audit
from bporoute.governance._audit_report import AuditReport, BadLine, Difference, PolicyAudit
from bporoute.governance._decision_log import DecisionLog
from bporoute.governance._shadow import Shadow, ShadowExample, ShadowPair, ShadowReport

__all__ = [
    "AuditReport",
    "BadLine",
    "DecisionLog",
    "Difference",
    "PolicyAudit",
    "Shadow",
    "ShadowExample",
    "ShadowPair",
    "ShadowReport",
    "audit",
]
