"""Data rules: who may see which contact; what no rule allows stays in-house. It prints::

service: send to norrland
  service: 42 agents, 42 busy, 9 waiting; policy QueueLength(5)
  1. norrland            5.20 EUR   wait 0 s
  2. service (in-house)  0.00 EUR  wait 57 s  kept while fewer than 5 wait
  -  baltic: may not see this data: diagnosis, not on its list; may be seen by norrland, manila
  -  manila: may not see this data: personal in PH (SCC not assessed); may be seen by the EEA,
     countries found adequate, or under SCC or BCR with a transfer assessment
biometrics: keep service
"""

import tempfile
from pathlib import Path

from bporoute import Center, Contact, QueueState, Router, Snapshot

CENTER = """
country = "SE"
[queues.service]
aht = 240
[contact_types.service]
queue = "service"
data = ["personal"]                 # every contact; others come with the contact
[data_rules]
personal = { kind = "gdpr" }
diagnosis = { kind = "health", vendors = ["norrland", "manila"] }

[vendors.norrland]
country = "SE"
timezone = "Europe/Stockholm"
contact_types = ["service"]
processing_agreement = true
contract = { price_per_contact = 5.2 }
[vendors.baltic]
country = "EE"
timezone = "Europe/Tallinn"
contact_types = ["service"]
processing_agreement = true
contract = { price_per_contact = 3.8 }
[vendors.manila]
country = "PH"
timezone = "Asia/Manila"
contact_types = ["service"]
processing_agreement = true
transfer = ["scc"]                  # clauses are signed, the transfer was never assessed
contract = { price_per_contact = 1.9 }
"""

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "center.toml"
    path.write_text(CENTER)
    center = Center.load(path)
router = Router(center, policy="QueueLength(5)", clock=lambda: 1795428000.0)  # 23 November 2026
busy = Snapshot(service=QueueState(agents=42, busy=42, waiting=9))
print(router.preview(Contact("service", data=("diagnosis",)), busy).explain())
decision = router.preview(Contact("service", data=("biometrics",)), busy)  # a class without a rule
print(f"biometrics: {decision.action} {decision.destination}")
