"""Which vendor a share gives a contact: by a hash of the contact's id, or by what has been counted.

Both keep up what goes out in all: the part of a vendor that may not take a contact now falls to those that
may, in proportion to their shares, and nothing else moves.
"""

from __future__ import annotations

import math

import numpy as np

from bporoute._kernels.compiling.arrays import Table
from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.routing.codes import REGULAR
from bporoute._kernels.routing.columns import CREDIT, KEY, REASON, SHARE, TIER, VENDOR
from bporoute._kernels.routing.splitmix import mixed, unit

BITS_53 = 2.0**53
TO_THE_TOP = np.uint64(11)


@kernel("f8(i8,Table,Table)", inline=True)
def shared_out(count: int, offers: Table, shares: Table) -> float:
    """The share of all vendors that may ever take such a contact: of `count` ways after the first."""
    out = 0.0
    for way in range(1, count + 1):
        out += shares[int(offers[way][VENDOR]) + 1][SHARE]
    return out


@kernel("f8(f8,f8,f8)", inline=True)
def rank_by_hash(luck: float, seed: float, share: float) -> float:
    """The lower, the sooner a vendor with a `share`, above 0, gets the contact that `luck` stands for.

    An exponential time of rate `share`: it comes first among several with probability share / sum of their
    shares, whoever they are, and who comes first stays the first when others drop out. (Rendezvous hashing,
    Thaler & Ravishankar, IEEE/ACM Trans. Networking 6 (1998), with the weights of Schindelhauer &
    Schomaker, SPAA 2005.) `seed` is a whole number below 2^53 that stands for the vendor.
    """
    key = np.uint64(np.int64(luck * BITS_53)) << TO_THE_TOP
    return -math.log(unit(mixed(key, int(seed)))) / share


@kernel("i8(i8,f8,Table,Table,Table,Table)", inline=True)
def make_up(count: int, more: float, offers: Table, shares: Table, credits: Table, evidence: Table) -> int:
    """Have the vendors that may take a contact earn `more` times their shares; the one with most credit.

    The keys of `evidence`, the line of a decision, change; at least one of its `count` vendors may.
    """
    best = -1
    for way in range(1, count + 1):
        note = evidence[way]
        if note[REASON] == 0.0 and note[TIER] == REGULAR:
            taker = int(offers[way][VENDOR]) + 1
            note[KEY] = -(credits[taker][CREDIT] + shares[taker][SHARE] * more)
            if best < 0 or note[KEY] < evidence[best][KEY]:
                best = way
    return best
