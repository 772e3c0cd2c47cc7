"""Was it right: decisions made again, a second policy beside the first.

Not here: the decisions themselves (`bporoute.routing`).
"""

from bporoute.governance._audit import audit
from bporoute.governance._audit_report import AuditReport
from bporoute.governance._decision_log import DecisionLog
from bporoute.governance._shadow import Shadow, ShadowReport

__all__ = [
    "AuditReport",
    "DecisionLog",
    "Shadow",
    "ShadowReport",
    "audit",
]
