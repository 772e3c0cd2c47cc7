"""How a center file may be written, and an example of every key for whoever gets one wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bporoute._base.complaints import Dialect
from bporoute.center._targets import Targets, parse_target
from bporoute.contracts._term_kinds import ContractTerm
from bporoute.errors import InputError, shown

EXAMPLES: Mapping[str, str] = {
    "Center.queues": "{ service = { aht = 240 } }",
    "Center.contact_types": '{ service = { queue = "service" } }',
    "Center.vendors": '{ nord = { country = "EE", timezone = "Europe/Tallinn", contact_types = ["service"], '
    "contract = { price_per_contact = 4.5 } } }",
    "Center.data_rules": '{ personal = { kind = "gdpr" } }',
    "Center.adequacy_decisions": '[{ country = "CH", valid_from = 2000-07-26 }]',
    "Center.value_classes": "{ gold = { keep_up_to = 5 } }",
    "Center.fallback": '"keep"',
    "Center.name": '"Nordlys Telecom"',
    "Center.currency": '"EUR"',
    "Center.timezone": '"Europe/Stockholm"',
    "Center.country": '"SE"',
    "Center.location_scheme": '{ by = "eu" }',
    "Center.min_in_house_share": "0.6",
    "Center.max_concentration": "0.5",
    "Center.concentration_from": "100",
    "Center.health": "{ back_off = 30 }",
    "Center.log": '{ columns = { arrival = "start" } }',
    "Queue.aht": '188.7  # or "3:08"',
    "Queue.concurrency": "3",
    "Queue.slowdown": "[1.3, 1.7]",
    "Queue.patience": "345",
    "Queue.handle_times": '{ distribution = "lognormal", mean = 188.7, cv = 1.2 }',
    "Queue.arrival_rate": "0.25  # 15 a minute",
    "Queue.waiting_room": "200",
    "Queue.wait_cost_per_minute": "0.2",
    "Queue.abandonment_cost": "7",
    "Queue.unresolved_cost": "4",
    "Queue.dissatisfied_cost": "2",
    "Queue.failed_cost": "1",
    "Queue.resolution": "0.8",
    "Queue.satisfaction": "0.9",
    "Queue.languages": '["sv", "en"]',
    "Queue.hours": '["mon-fri 08:00-20:00"]',
    "Queue.holidays": "[2026-12-25]",
    "Queue.schedule": '{ "08:00" = 20, "18:00" = 0 }  # or "mon-fri 08:00" = 20, "2026-12-24 08:00" = 5',
    "Queue.accepts_when_closed": "true",
    "Queue.targets": '"80/20"',
    "Queue.stale_after": "30",
    "Queue.lost_after": "300",
    "Targets.service_level": '"80/20"',
    "Targets.asa": '"30"',
    "Targets.abandonment": '"5%"',
    "Targets.occupancy": '"85%"',
    "ServiceLevel.probability": "0.8",
    "ServiceLevel.within": "20",
    "ServiceLevel.counting": '"offered"',
    "ServiceLevel.short": "5",
    "Asa.seconds": "30",
    "Abandonment.probability": "0.05",
    "Occupancy.probability": "0.85",
    "ContactType.queue": '"service"',
    "ContactType.sourcing": '"overflow"',
    "ContactType.aht": "420",
    "ContactType.channel": '"voice"',
    "ContactType.data": '["personal"]',
    "ContactType.certificates": '["ISO 18295-1"]',
    "ContactType.skills": '["billing"]',
    "ContactType.language_level": '"B2"',
    "ContactType.locations": '["onshore", "nearshore"]',
    "ContactType.hand_over": '["daily 22:00-06:00"]',
    "ContactType.due_within": '28800  # or "8 h"',
    "ValueClass.keep_up_to": "5",
    "DataRule.kind": '"gdpr"',
    "DataRule.countries": '["SE", "EE"]',
    "DataRule.certificate": '"PCI DSS"',
    "DataRule.vendors": '["nord"]',
    "DataRule.valid_from": "2026-01-01",
    "DataRule.valid_until": "2030-12-31",
    "AdequacyDecision.country": '"CH"',
    "AdequacyDecision.valid_from": "2000-07-26",
    "AdequacyDecision.valid_until": "2030-12-31",
    "AdequacyDecision.certificate": '"EU-US DPF"',
    "AdequacyDecision.source": '"2000/518/EC"',
    "Vendor.country": '"EE"',
    "Vendor.timezone": '"Europe/Tallinn"',
    "Vendor.contact_types": '["service"]',
    "Vendor.contract": "{ price_per_contact = 4.5 }",
    "Vendor.location": '"nearshore"',
    "Vendor.handle_times": '{ distribution = "lognormal", mean = 210, cv = 1.2 }',
    "Vendor.languages": '["sv", "en"]',
    "Vendor.language_levels": '{ sv = "C1" }',
    "Vendor.skills": '["billing"]',
    "Vendor.hours": '["mon-fri 08:00-20:00"]',
    "Vendor.holidays": "[2026-12-25]",
    "Vendor.capacity": "30",
    "Vendor.agents": "35",
    "Vendor.expected_wait": "15",
    "Vendor.turnaround": '7200  # or "2 h"',
    "Vendor.certificates": '{ "ISO 18295-1" = 2030-06-30 }',
    "Vendor.max_share": "0.3",
    "Vendor.max_exposure": "20000",
    "Vendor.prepaid": "50000",
    "Vendor.processing_agreement": "true",
    "Vendor.transfer": '["scc"]',
    "Vendor.transfer_assessed": "2026-01-15",
    "Vendor.remote_access_countries": '["IN"]',
    "Vendor.payment_masked": "true",
    "Vendor.associate_agreement": "true",
    "Vendor.quality": "{ resolution = 0.72 }",
    "QualityPrior.resolution": "0.72",
    "QualityPrior.satisfaction": "0.85",
    "QualityPrior.handle_time_factor": "1.1",
    "QualityPrior.weight": "100",
    "QualityPrior.memory": "2000",
    "Contract.price_per_contact": "1.2",
    "Contract.price_per_minute": "0.85",
    "Contract.tiers": "[{ above = 0, up_to = 10000, price_per_contact = 2.4 }, "
    "{ above = 10000, price_per_contact = 2.0 }]",
    "Contract.terms": '[{ kind = "per_minute", price = 0.6, step = 30 }]',
    "Contract.period": '"month"',
    "Contract.cap_per_hour": "120",
    "Contract.cap_per_day": "2500",
    "Contract.cap_per_period": "40000",
    "Contract.cap_minutes_per_hour": "300",
    "Contract.cap_minutes_per_day": "6000",
    "Contract.cap_minutes_per_period": "100000",
    "Contract.cap_money_per_hour": "400",
    "Contract.cap_money_per_day": "6000",
    "Contract.cap_money_per_period": "100000",
    "Contract.expected_volume": "12000",
    "Contract.round_contacts": "{ decimals = 4 }",
    "Contract.round_lines": '{ decimals = 2, mode = "half_even" }',
    "Contract.tiers_by": '"contacts"',
    "Rounding.decimals": "2",
    "Rounding.mode": '"half_up"',
    "Contract.start": "2026-01-01",
    "Contract.end": "2027-12-31",
    "Tier.above": "0",
    "Tier.up_to": "10000",
    "Tier.price_per_contact": "2.4",
    "Tier.price_per_minute": "1.2",
    "VolumeBand.above": "0",
    "VolumeBand.up_to": "10000",
    "VolumeBand.price": "3.0",
    "PerContact.price": "3.8",
    "PerMinute.price": "0.85",
    "PerMinute.step": "60",
    "PerMinute.first": "30",
    "PerMinute.included": "20",
    "PerMinute.minimum": "30",
    "PerHour.price": "22",
    "PerHour.hours": '"logged"',
    "PerFte.price_per_month": "2800",
    "PerResolution.price": "6",
    "PerResolution.no_repeat_within_days": "7",
    "FixedFee.fee": "10000",
    "FixedFee.included": "5000",
    "FixedFee.overage_price": "3",
    "VolumeTiers.tiers": "[{ above = 0, up_to = 10000, price = 3 }, { above = 10000, price = 2.7 }]",
    "VolumeTiers.mode": '"incremental"',
    "VolumeTiers.measure": '{ counts = "handled" }',
    "Measure.counts": '"handle_minutes"',
    "ResourceCharge.baseline": "10000",
    "ResourceCharge.dead_band": "0.1",
    "ResourceCharge.additional_price": "3",
    "ResourceCharge.reduced_price": "2",
    "CapacityOption.reserved": "3000",
    "CapacityOption.reservation_price": "0.5",
    "CapacityOption.usage_price": "2",
    "CapacityOption.over_price": "4",
    "TakeOrPay.price": "3",
    "TakeOrPay.volume": "10000",
    "TakeOrPay.share": "0.9",
    "MinimumCommitment.amount": "20000",
    "Multiplier.factor": "1.25",
    "ServiceCredits.measures": '[{ name = "service level", weight = 1, floor = 0.7, target = 0.8 }]',
    "ServiceCredits.at_risk": "0.1",
    "SlaMeasure.name": '"service level"',
    "SlaMeasure.weight": "1",
    "SlaMeasure.floor": "0.7",
    "SlaMeasure.target": "0.8",
    "ForecastLock.low": "0.9",
    "ForecastLock.high": "1.1",
    "ForecastLock.granularity": '"month"',
    "ForecastLock.share_inside": "0.8",
    "MinimumCharge.amount": "0.5",
    "GainShare.baseline": "4",
    "GainShare.share": "0.5",
    "Indexation.steps": "[{ start = 2027-01-01, factor = 1.03 }]",
    "IndexStep.start": "2027-01-01",
    "IndexStep.factor": "1.03",
    "Currency.code": '"PLN"',
    "Currency.rate": "0.23",
    "Ramp.class_size": "10",
    "Ramp.training_weeks": "3",
    "Trial.months": "3",
    "Trial.share": "0.1",
    "LocationScheme.by": '"eu"',
    "LocationScheme.nearshore_within_hours": "2",
    "LocationScheme.nearshore_within_km": "1500",
    "HealthConfig.acceptable": "0.1",
    "HealthConfig.failing": "0.4",
    "HealthConfig.back_off": "30",
    "HealthConfig.back_off_ceiling": "120",
    "LogFormat.columns": '{ arrival = "start", wait = "queue_sec" }',
    "LogFormat.time_format": '"%d/%m/%Y %H:%M:%S"',
    "LogFormat.abandoned": '["lost"]',
    "LogFormat.drop": '[{ outcome = "test" }]',
    "LogFormat.delimiter": '";"',
}
"""Class and field -> an example of its value, as TOML."""

SECTIONS: Mapping[str, str] = {
    "Center": "the file itself, above all tables",
    "Queue": "[queues.NAME]",
    "Targets": "targets of [queues.NAME]",
    "ContactType": "[contact_types.NAME]",
    "ValueClass": "[value_classes.NAME]",
    "DataRule": "[data_rules.NAME]",
    "Vendor": "[vendors.NAME]",
    "QualityPrior": "quality of [vendors.NAME]",
    "Contract": "[vendors.NAME.contract]",
    "HealthConfig": "[health]",
    "LocationScheme": "[location_scheme]",
    "LogFormat": "[log]",
}
"""Class -> the table of the file that is read into it."""


def read_targets(raw: Any) -> Any:
    """The table that targets stand for that are typed as on the command line.

    >>> read_targets("80/20")
    {'service_level': {'probability': 0.8, 'within': 20.0, 'counting': 'offered', 'short': 5.0}}
    >>> sorted(read_targets(["asa 30", "abandonment 5%"]))
    ['abandonment', 'asa']
    """
    if isinstance(raw, dict):
        return {name: _aim(name, value) for name, value in raw.items()}
    texts = [raw] if isinstance(raw, str) else raw
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InputError("targets", shown(raw), "a text such as '80/20', a list of such, or a table")
    table: dict[str, Any] = {}
    for target in (parse_target(text, of_file=True) for text in texts):
        name = _NAMES[type(target).__name__]
        if name in table:
            wanted = f"one each of {', '.join(_NAMES.values())}"
            raise InputError("targets", shown(raw), wanted)
        table[name] = msgspec.to_builtins(target)
    return table


_NAMES = {
    "ServiceLevel": "service_level",
    "Asa": "asa",
    "Abandonment": "abandonment",
    "Occupancy": "occupancy",
}


def _aim(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in _NAMES.values():
        text = value if name == "service_level" else f"{name} {value}"
        return msgspec.to_builtins(parse_target(text, of_file=True))
    if name == "asa" and isinstance(value, int | float):
        return {"seconds": value}
    return value


CENTER_DIALECT = Dialect(
    examples=EXAMPLES,
    sections=SECTIONS,
    readers={Targets: read_targets},
    kinds={"Contract.terms": tuple[ContractTerm, ...]},
)
