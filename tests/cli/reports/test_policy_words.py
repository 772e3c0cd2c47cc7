"""Every built-in policy is told in words of its own, with its numbers."""

from typing import get_args

import pytest

from bporoute.cli.reports._policy_words import OWN, policy_words
from bporoute.policies import parse_policy
from bporoute.policies._text import _BuiltIn

SAID = {
    "NeverOverflow": "keeps every contact that there is room for",
    "QueueLength(0)": "sends out whoever would have to wait",
    "QueueLength(10)": "sends out from 10 waiting on",
    "QueuePerAgent(0.5)": "sends out from 0.5 waiting for each agent on",
    "OccupancyLimit(0.9)": "sends out while 90 % of the agents or more are busy",
    "ExpectedWait(60)": "sends out whoever would wait more than 60 s on average",
    "ServedInTime(0.8, 20)": "sends out whoever has a chance below 80 % to be served within 20 s",
    "OwnCost(6)": "sends out where that costs less than 6 times the contact's own wait",
    "MarginalCost": "sends out where that costs less than keeping, the wait of those behind included",
    "MeetTarget": "sends out as few as let the queue meet its service level",
    "MeetTarget(0.8, 20)": "sends out as few as let 80 % be answered within 20 s",
    "Share({'a': 0.1, 'b': 0.05})": "gives vendors fixed shares of the contacts (a 10 %, b 5 %)",
    "HashShare({'a': 0.1})": "gives vendors fixed shares of the contacts, drawn by their ids (a 10 %)",
    "Either(QueueLength(5), ExpectedWait(30))": "sends out where one of two rules would: one sends out from "
    "5 waiting on; one sends out whoever would wait more than 30 s on average",
    "Both(QueueLength(5), MarginalCost())": "sends out where both of two rules would: one sends out from 5 "
    "waiting on; one sends out where that costs less than keeping, the wait of those behind included",
    "Hysteresis(QueueLength(10), QueueLength(3))": "begins to send out by a rule that sends out from 10 "
    "waiting on, and goes on by one that sends out from 3 waiting on",
    "Released(QueueLength(10), 120)": "sends out from 10 waiting on, and once it does goes on for 120 s",
    "Warm(NeverOverflow(), {'a': 0.02})": "keeps every contact that there is room for, but keeps "
    "vendors in practice (a 2 % at least)",
}


@pytest.mark.parametrize(("text", "words"), SAID.items())
def test_a_policy_in_words(text, words):
    assert policy_words(parse_policy(text)) == words


def test_none_is_left_out():
    told = {type(parse_policy(text)) for text in SAID}
    assert told == set(get_args(_BuiltIn))


def test_a_rule_of_ones_own_and_many_vendors():
    assert policy_words(lambda situation: None) == OWN
    shares = {f"v{number}": 0.05 for number in range(6)}
    assert policy_words(parse_policy(f"Share({shares})")).endswith("(30 % in all to 6 vendors)")
