"""A small center and the calls of twenty minutes, as the text of their files."""

CENTER = """
[queues.desk]
aht = 60
patience = 300
wait_cost_per_minute = 1
abandonment_cost = 5
schedule = { "08:00" = 1, "18:00" = 0 }
[contact_types.call]
queue = "desk"
[vendors.nord]
country = "EE"
timezone = "UTC"
contact_types = ["call"]
contract = { price_per_contact = 2 }
"""
LOG = "arrival,type,handle\n" + "".join(
    f"2026-11-23T09:{second // 60:02d}:{second % 60:02d},call,{50 + second % 7}\n"
    for second in range(0, 1200, 20)
)
