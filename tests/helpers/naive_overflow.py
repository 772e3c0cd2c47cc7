"""Naive, slow twins of keep or overflow: generators as dense matrices, policies free in every state."""

from __future__ import annotations

import heapq
import math

import numpy as np
from scipy.linalg import expm


def departure(present, agents, mu, theta):
    return present * mu if present <= agents else agents * mu + (present - agents) * theta


def stationary(rate):
    """The stationary distribution of a generator (off-diagonal rates), by least squares."""
    size = len(rate)
    generator = rate - np.diag(rate.sum(axis=1))
    generator = generator / (np.abs(generator).max() or 1.0)
    system = np.vstack([generator.T, np.ones(size)])
    return np.linalg.lstsq(system, np.append(np.zeros(size), 1.0), rcond=None)[0]


def distribution(thresholds, last, agents, mu, theta, rates):
    """Of the contacts present if class k is kept while fewer than thresholds[k] are there."""
    rate = np.zeros((last + 1, last + 1))
    for i in range(last):
        rate[i, i + 1] = sum(a for a, most in zip(rates, thresholds, strict=True) if i < most)
        rate[i + 1, i] = departure(i + 1, agents, mu, theta)
    return stationary(rate)


def cost_of_threshold(threshold, last, agents, mu, theta, arrivals, cost_rate, price, joining):
    share = distribution([threshold], last, agents, mu, theta, [arrivals])
    total = 0.0
    for i, p in enumerate(share):
        total += p * cost_rate * max(i - agents, 0)
        total += p * arrivals * (joining[i] if i < min(threshold, last) else price)
    return total


def best_free_policy(last, agents, mu, theta, arrivals, cost_rate, price, joining):
    """Policy iteration: keep or send, freely in each state; Poisson's equation as a dense system."""
    keep = [True] * last + [False]
    for _ in range(200):
        rate = np.zeros((last + 1, last + 1))
        cost = np.array([cost_rate * max(i - agents, 0) for i in range(last + 1)])
        for i in range(last + 1):
            if i:
                rate[i, i - 1] = departure(i, agents, mu, theta)
            if keep[i]:
                rate[i, i + 1] = arrivals
            cost[i] += arrivals * (joining[i] if keep[i] else price)
        gain, value = poisson(rate, cost)
        better = [
            bool(joining[i] + value[i + 1] - value[i] <= price + 1e-11 * (1 + abs(price)))
            for i in range(last)
        ]
        if [*better, False] == keep:
            return gain
        keep = [*better, False]
    return gain


def poisson(rate, cost):
    """Gain and relative values of a unichain: g = c + Q v with v = 0 in the first state."""
    size = len(cost)
    generator = rate - np.diag(rate.sum(axis=1))
    system = np.hstack([np.ones((size, 1)), -generator[:, 1:]])
    solution = np.linalg.solve(system, cost)
    return float(solution[0]), np.append(0.0, solution[1:])


def fates(ahead, agents, mu, theta, within):
    """(served, given up) within `within`, of a contact with `ahead` waiting before it."""
    phases = ahead + 1
    served, gone = phases, phases + 1
    rate = np.zeros((phases + 2, phases + 2))
    for phase in range(phases):
        step = agents * mu + (ahead - phase) * theta
        rate[phase, phase + 1] = step
        rate[phase, gone] = theta
        rate[phase, phase] = -step - theta
    after = expm(rate * within)[0]
    return after[served], after[gone]


def counts(present, agents, mu, theta, target):
    """(counts as served in time, counts at all) for a contact that finds `present` others."""
    if present < agents:
        return 1.0, 1.0
    ahead = present - math.ceil(agents)
    served, gone = fates(ahead, agents, mu, theta, target.within)
    if target.counting == "offered":
        return served, 1.0
    if target.counting == "ignored":
        return served, 1.0 - gone
    if target.counting == "credited":
        return served + gone, 1.0
    if target.counting == "answered":
        return served, fates(ahead, agents, mu, theta, 1e4 / (agents * mu))[0]
    return served, 1.0 - fates(ahead, agents, mu, theta, target.short)[1]


def kept_service_level(threshold, last, agents, mu, theta, arrivals, target):
    share = distribution([threshold], last, agents, mu, theta, [arrivals])
    pairs = [counts(i, agents, mu, theta, target) for i in range(threshold)]
    good = sum(p * a for p, (a, _) in zip(share, pairs, strict=False))
    return good / sum(p * b for p, (_, b) in zip(share, pairs, strict=False))


class Team:
    """The chain (contacts here, contacts there)."""

    def __init__(self, agents, arrivals, mu, theta, room, h, abandoning, price, team, vendor_mu, blocked):
        self.last, self.team = math.ceil(agents) + room, team
        self.states = [(i, j) for i in range(self.last + 1) for j in range(team + 1)]
        self.number = {state: k for k, state in enumerate(self.states)}
        self.agents, self.arrivals, self.mu, self.theta = agents, arrivals, mu, theta
        self.h, self.abandoning, self.price, self.blocked = h, abandoning, price, blocked
        self.vendor_mu = vendor_mu

    def outcome(self, state, send):
        """Where an arrival goes, and what that costs at once."""
        i, j = state
        if j < self.team and (send or i == self.last):
            return (i, j + 1), self.price
        return ((i + 1, j), 0.0) if i < self.last else (state, self.blocked)

    def chain(self, sends):
        rate, cost = np.zeros((len(self.states),) * 2), np.zeros(len(self.states))
        for k, (i, j) in enumerate(self.states):
            waiting = max(i - self.agents, 0)
            cost[k] += waiting * (self.h + self.theta * self.abandoning)
            if i:
                leaving = departure(i, self.agents, self.mu, self.theta)
                rate[k, self.number[i - 1, j]] += leaving
            if j:
                rate[k, self.number[i, j - 1]] += j * self.vendor_mu
            to, price = self.outcome((i, j), sends[k])
            cost[k] += self.arrivals * price
            if to != (i, j):
                rate[k, self.number[to]] += self.arrivals
        return rate, cost

    def cost_of_threshold(self, threshold):
        rate, cost = self.chain([i >= threshold for i, _ in self.states])
        return float(stationary(rate) @ cost)

    def measures(self, threshold):
        """Mean number waiting, shares sent out and lost."""
        share = stationary(self.chain([i >= threshold for i, _ in self.states])[0])
        queue = sent = lost = 0.0
        for p, (i, j) in zip(share, self.states, strict=True):
            queue += p * max(i - self.agents, 0)
            if j < self.team and (i >= threshold or i == self.last):
                sent += p
            elif i == self.last:
                lost += p
        return queue, sent, lost

    def best_free_policy(self):
        """Policy iteration with send or keep free in each of the states."""
        sends = [False] * len(self.states)
        for _ in range(200):
            gain, value = poisson(*self.chain(sends))
            better = []
            for state in self.states:
                worth = []
                for send in (False, True):
                    to, price = self.outcome(state, send)
                    worth.append(price + value[self.number[to]])
                better.append(worth[1] < worth[0] - 1e-10 * (1 + abs(worth[0])))
            if better == sends:
                return gain
            sends = better
        raise AssertionError("policy iteration did not settle")


SENT, IN_TIME, LATE, GONE = range(4)


def simulate(threshold, agents, mu, theta, arrivals, within, contacts, seed):
    """The fate of each contact of a queue served in order of arrival, event by event."""
    draw = np.random.default_rng(seed)
    arrives = np.cumsum(draw.exponential(1 / arrivals, contacts))
    handle, patience = draw.exponential(1 / mu, contacts), draw.exponential(1 / theta, contacts)
    fate = np.empty(contacts, dtype=int)
    ends, line = [], []  # when each busy agent is free; who waits, the first first

    def advance(now):
        """Give the agents that become free by now to those still waiting."""
        while ends and ends[0] <= now:
            free = heapq.heappop(ends)
            while line:
                first = line.pop(0)
                if arrives[first] + patience[first] > free:
                    fate[first] = IN_TIME if free - arrives[first] <= within else LATE
                    heapq.heappush(ends, free + handle[first])
                    break
                fate[first] = GONE

    for contact, now in enumerate(arrives):
        advance(now)
        waiting = sum(arrives[other] + patience[other] > now for other in line)
        if len(ends) + waiting >= threshold:
            fate[contact] = SENT
        elif len(ends) < agents:
            fate[contact] = IN_TIME
            heapq.heappush(ends, now + handle[contact])
        else:
            line.append(contact)
    advance(math.inf)
    return fate
