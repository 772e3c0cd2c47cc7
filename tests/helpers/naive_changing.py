"""A queue with changing rates and agents by matrix exponentials over pairs (waiting, in service)."""

import numpy as np
from scipy.linalg import expm

GRID = 60.0
MOST_WAITING = 60


class Piece:
    """One piece of time: the generators of who is there and of who waits ahead of one more contact."""

    def __init__(self, agents, rate, aht, patience, most_agents):
        self.agents, self.rate, self.width = agents, rate, most_agents + 1
        size = (MOST_WAITING + 1) * self.width
        self.all, self.ahead = np.zeros((size, size)), np.zeros((size, size))
        self.served = np.zeros(size)
        for waiting in range(MOST_WAITING + 1):
            for busy in range(self.width):
                here = self.at(waiting, busy)
                if busy < agents:
                    self._move(self.all, here, self.at(waiting, busy + 1), rate)
                elif waiting < MOST_WAITING:
                    self._move(self.all, here, self.at(waiting + 1, busy), rate)
                ends, gives_up = busy / aht, waiting / patience
                if busy > agents or waiting == 0:  # whose shift is over takes nothing new
                    self._move(self.all, here, self.at(waiting, max(busy - 1, 0)), ends)
                else:
                    self._move(self.all, here, self.at(waiting - 1, busy), ends)
                if waiting:
                    self._move(self.all, here, self.at(waiting - 1, busy), gives_up)
                    self._move(self.ahead, here, self.at(waiting - 1, busy), gives_up)
                if busy > agents:
                    self._move(self.ahead, here, self.at(waiting, busy - 1), ends)
                elif waiting:
                    self._move(self.ahead, here, self.at(waiting - 1, busy), ends)
                else:
                    self.ahead[here, here] -= ends
                    self.served[here] = ends
                self.ahead[here, here] -= 1 / patience

    def at(self, waiting, busy):
        return waiting * self.width + busy

    @staticmethod
    def _move(rates, here, there, rate):
        rates[here, there] += rate
        rates[here, here] -= rate

    def starts_at_once(self):
        return np.array([state % self.width < self.agents for state in range(len(self.served))])


def outcome_after(generator, rewards, later, seconds):
    """exp(D t) later + the rewards until then: by one exponential of a larger matrix."""
    size = len(generator)
    larger = np.zeros((size + rewards.shape[1],) * 2)
    larger[:size, :size], larger[:size, size:] = generator, rewards
    moved = expm(larger * seconds)
    return moved[:size, :size] @ later + moved[:size, size:]


def settle(piece, outcome):
    """Of one who waits while agents come: those who find one free have been served now."""
    # With somebody ahead, they go first: as many as there are free agents.
    settled = outcome.copy()
    for waiting in range(MOST_WAITING + 1):
        for busy in range(piece.width):
            more = max(piece.agents - busy, 0)
            if more > waiting:
                settled[piece.at(waiting, busy)] = [1.0, 0.0]
            elif more:
                settled[piece.at(waiting, busy)] = outcome[piece.at(waiting - more, busy + more)]
    return settled


def day(agents, rates, aht, seconds, patience, within):
    """Of each piece: (mean wait of all who come, share served, share served in time, waiting at its end)."""
    pieces = [Piece(n, rate, aht, patience, max(agents)) for n, rate in zip(agents, rates, strict=True)]
    steps = int(seconds / GRID)
    law = np.zeros(len(pieces[0].served))
    law[0] = 1.0
    laws, ends = [], []
    for piece in pieces:
        moved = np.zeros_like(law)
        for waiting in range(MOST_WAITING + 1):
            for busy in range(piece.width):
                more = min(max(piece.agents - busy, 0), waiting)
                moved[piece.at(waiting - more, busy + more)] += law[piece.at(waiting, busy)]
        law, mine = moved, [moved]
        forward = expm(piece.all * GRID)
        for _ in range(steps):
            law = law @ forward
            mine.append(law)
        laws.append(mine)
        ends.append(sum(law[state] * (state // piece.width) for state in range(len(law))))
    outcome = np.zeros((len(law), 2))
    found = []
    for piece, mine in reversed(list(zip(pieces, laws, strict=True))):
        rewards = np.stack([piece.served, np.ones(len(law))], axis=1)
        size = len(law)
        larger = np.zeros((size + 2, size + 2))
        larger[:size, :size], larger[:size, size:] = piece.ahead, rewards
        back = expm(larger * GRID)
        in_time = outcome_after(piece.ahead, piece.served[:, None], np.zeros((size, 1)), within)[:, 0]
        at_once = piece.starts_at_once()
        rows = []
        for step in range(steps, -1, -1):
            seen = np.where(at_once[:, None], [1.0, 0.0], outcome)
            timely = np.where(at_once, 1.0, in_time)
            rows.append([mine[step] @ seen[:, 1], mine[step] @ seen[:, 0], mine[step] @ timely])
            if step:
                outcome = back[:size, :size] @ outcome + back[:size, size:]
        weights = np.full(steps + 1, 1.0)
        weights[[0, -1]] = 0.5
        found.append(weights @ np.array(rows) / weights.sum())
        outcome = settle(piece, outcome)
    return np.array(found[::-1]), np.array(ends)
