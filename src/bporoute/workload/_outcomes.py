"""How a call of a log ended, by the words that phone systems have for it."""

from __future__ import annotations

import unicodedata
from functools import cache

ABANDONED, ANSWERED, UNKNOWN = "abandoned", "answered", ""

# Letters alone, in lower case; some words of each of the larger languages of Europe.
_ABANDONED = """
abandon abandoned abandonment callabandoned abandonedinqueue abn aband hang hangup hungup callerhungup
callerhangup lost lostcall noanswer noanswered notanswered unanswered missed missedcall drop dropped
droppedcall cancel canceled cancelled originatorcancel calleraband callerdisconnected gaveup giveup
busy congestion failed rejected exitwithtimeout exitwithkey exitempty normaltemporaryfailure userbusy
aufgelegt abgebrochen verloren nichtangenommen verpasst entgangen perdu raccroche nonrepondu abandonne manque
abandonada abandonado abandono perdida colgada nocontestada noatendida abbandonata persa nonrisposta perdida
naoatendida tapt mistet tappat forlorat ejbesvarat ikkebesvaret ikkebesvart avbrutet utracone porzucone
nieodebrane opgehangen gemist
"""
_ANSWERED = """
answered answer agent handled completed complete completeagent completecaller connected connect ok served
transferred transfer transfered blindtransfer attendedtransfer success successful resolved sold closed done
taken talked conversation finished angenommen beantwortet erledigt repondu traite contestada atendida
respondida contestado atendido risposta besvarat besvaret besvart odebrane beantwoord afgehandeld
"""
_MEANINGS = {
    **dict.fromkeys(_ABANDONED.split(), ABANDONED),
    **dict.fromkeys(_ANSWERED.split(), ANSWERED),
}


@cache
def meaning_of(outcome: str) -> str:
    """What an outcome usually means: ``"abandoned"``, ``"answered"``, or empty if the word is not known.

    >>> [meaning_of(word) for word in ("ABANDON", "hung up", "No Answer", "Verlorene", "AGENT", "voicemail")]
    ['abandoned', 'abandoned', 'abandoned', '', 'answered', '']
    """
    plain = unicodedata.normalize("NFKD", outcome.casefold())
    return _MEANINGS.get("".join(filter(lambda sign: sign.isascii() and sign.isalpha(), plain)), UNKNOWN)


def taken_for(outcome: str, configured: tuple[str, ...]) -> str:
    """What an outcome counts as: abandoned if it is one of those `configured`; without these by its meaning.

    What nobody knows counts as answered.
    """
    if configured:
        return ABANDONED if outcome in configured else ANSWERED
    return meaning_of(outcome) or ANSWERED
