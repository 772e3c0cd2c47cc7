"""Whether a webhook is Twilio's: the header ``X-Twilio-Signature``, made with the account's auth token.

As Twilio documents it ("Validate that webhooks originate from Twilio"): HMAC-SHA1 of the URL, to which the
fields of a form are added in the order of their names. Of a body that is no form the URL says the SHA-256.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

BODY_HASH = "bodySHA256"
_PORTS = {"https": ":443", "http": ":80"}


def signature_of(auth_token: str, url: str, form: Mapping[str, str | Sequence[str]]) -> str:
    """What Twilio writes into ``X-Twilio-Signature`` of a request.

    Parameters
    ----------
    auth_token : str
        The account's secret.
    url : str
        As Twilio asked for it, with the query: what the world sees, not what a proxy has made of it.
    form : mapping of str to str, or to several
        The fields of the body; empty for one that is no form.

    Examples
    --------
    >>> form = {"CallSid": "CA0123456789abcdef", "From": "+46700000001", "To": "+46800000002"}
    >>> signature_of("not-a-secret", "https://route.example/voice?type=service", form)
    'DNMXrVC3JCLV3RqR9BJRf1HlyZo='
    """
    told = [url]
    for name in sorted(form):
        value = form[name]
        for each in (value,) if isinstance(value, str) else sorted(set(value)):
            told += (name, each)
    made = hmac.new(_bytes(auth_token), _bytes("".join(told)), "sha1")
    return b64encode(made.digest()).decode("ascii")


def signed(
    auth_token: str,
    url: str,
    form: Mapping[str, str | Sequence[str]],
    signature: str | bytes,
    body: bytes | None = None,
) -> bool:
    """Whether a signature is Twilio's; never raises, and takes as long wherever it differs.

    Parameters
    ----------
    auth_token, url, form : str, str, mapping
        As of `signature_of`; a URL is tried with and without the usual port.
    signature : str or bytes
        What the header says.
    body : bytes or None
        The body, if it is no form: the query has to say its SHA-256 as ``bodySHA256``.

    Examples
    --------
    >>> url, form = "https://route.example/voice", {"CallSid": "CA01"}
    >>> good = signature_of("not-a-secret", url, form)
    >>> signed("not-a-secret", url, form, good), signed("not-a-secret", url, {"CallSid": "CA02"}, good)
    (True, False)
    """
    told = _bytes(signature)
    if not auth_token or not told:
        return False
    fits = True
    if body is not None:
        said = dict(parse_qsl(_query(url))).get(BODY_HASH, "")
        fits = hmac.compare_digest(_bytes(said.lower()), sha256(body).hexdigest().encode("ascii"))
    found = [hmac.compare_digest(_bytes(signature_of(auth_token, one, form)), told) for one in _spelled(url)]
    return any(found) and fits


def _spelled(url: str) -> list[str]:
    """The URL with and without the usual port of its scheme: Twilio has signed either."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    port = _PORTS.get(scheme.lower(), "")
    if not mark or not port:
        return [url]
    if host.endswith(port):
        return [url, f"{scheme}://{host.removesuffix(port)}{slash}{path}"]
    has_port = ":" in host.rpartition("@")[2].rpartition("]")[2]
    return [url] if has_port else [url, f"{scheme}://{host}{port}{slash}{path}"]


def _query(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:  # a host that cannot be
        return ""


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogatepass")
