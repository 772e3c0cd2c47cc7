"""The OpenAPI document of the calls, made of the types that they read and answer."""

from __future__ import annotations

from typing import Any

import msgspec

from bporoute.telephony.http import _bodies as bodies
from bporoute.telephony.http._reading import FORM, JSON
from bporoute.telephony.http._writing import TEXT

POSTS: dict[str, tuple[type[msgspec.Struct], type[msgspec.Struct], str]] = {
    "/v1/route": (bodies.RouteRequest, bodies.RouteAnswer, "Decide a contact and count it."),
    "/v1/divert": (
        bodies.DivertRequest,
        bodies.RouteAnswer,
        "It failed there: where else it goes.",
    ),
    "/v1/settle": (bodies.SettleRequest, bodies.SettleAnswer, "Report how a contact ended."),
    "/v1/state": (bodies.StateRequest, bodies.StateAnswer, "Tell what is true of queues and vendors."),
    "/v1/preview": (bodies.RouteRequest, bodies.PreviewAnswer, "What would be decided, and why."),
}
"""Path -> what is asked, what is answered, and what it is for."""
_COMPLAINTS = {
    "400": "A body that cannot be read.",
    "401": "No token that is known.",
    "403": "No token is set, and this one may not ask without.",
    "408": "The body did not come in time.",
    "409": "Something else was asked by this idempotency key.",
    "413": "The body is too large.",
    "415": "A body of another kind.",
    "422": "A value that cannot be, or a name that nobody has.",
    "503": "Told again later, it may go well.",
}
_KEYED = frozenset(("/v1/route", "/v1/divert", "/v1/settle"))


def openapi(version: str) -> dict[str, Any]:
    """The document, for a version of the package.

    >>> document = openapi("1.0")
    >>> sorted(document["paths"])[:3], document["openapi"]
    (['/metrics', '/v1/divert', '/v1/health'], '3.1.0')
    """
    kinds = [kind for asked, answered, _ in POSTS.values() for kind in (asked, answered)]
    schemas, components = msgspec.json.schema_components(
        [*kinds, bodies.HealthAnswer, bodies.Complaint], ref_template="#/components/schemas/{name}"
    )
    told = iter(schemas)
    paths: dict[str, Any] = {}
    for path, (_, _, purpose) in POSTS.items():
        asked, answered = next(told), next(told)
        paths[path] = {"post": _post(path, purpose, asked, answered)}
    health = next(told)
    paths["/v1/health"] = {"get": _get("Whether it decides, and what is wrong.", {JSON: {"schema": health}})}
    paths["/metrics"] = {"get": _get("Counters and gauges for Prometheus.", {TEXT: {"schema": _TEXT}}, True)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "bporoute",
            "version": version,
            "description": "Keep a contact in-house or send it to a vendor: which, and why.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


_TEXT = {"type": "string"}
_COMPLAINT = {"$ref": "#/components/schemas/Complaint"}


def _post(path: str, purpose: str, asked: Any, answered: Any) -> dict[str, Any]:
    good = _content(answered)
    responses: dict[str, Any] = {"200": {"description": "The answer.", "content": good}}
    for status, why in _COMPLAINTS.items():
        responses[status] = {"description": why, "content": _content(_COMPLAINT)}
    if path == "/v1/state":
        both = {"anyOf": [answered, _COMPLAINT]}
        responses["422"]["content"] = _content(both)
    if path in ("/v1/settle", "/v1/divert"):
        responses["503"]["content"] = _content({"anyOf": [answered, _COMPLAINT]})
    parameters: list[dict[str, Any]] = [
        {"name": "format", "in": "query", "schema": {"enum": ["json", "text", "form"]}}
    ]
    if path in _KEYED:
        key = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "schema": key})
    return {
        "operationId": path.rpartition("/")[2],
        "summary": purpose,
        "security": [{"bearer": []}, {}],
        "parameters": parameters,
        "requestBody": {"required": path != "/v1/route", "content": {JSON: {"schema": asked}}},
        "responses": responses,
    }


def _get(purpose: str, content: Any, guarded: bool = False) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": {"description": "The answer.", "content": content}}
    if guarded:
        for status in ("401", "403"):
            responses[status] = {"description": _COMPLAINTS[status], "content": _content(_COMPLAINT)}
    return {"summary": purpose, "responses": responses}


def _content(schema: Any) -> dict[str, Any]:
    return {JSON: {"schema": schema}, TEXT: {"schema": _TEXT}, FORM: {"schema": {"type": "object"}}}
