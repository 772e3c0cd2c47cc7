"""Answers of before, known to all the processes that are forked from one."""

from __future__ import annotations

import os
import signal
import struct
import sys
import time
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if sys.platform == "win32":
    pytest.skip("nothing forks there", allow_module_level=True)

from bporoute.telephony._again_shared import PLACE_BYTES, SharedAgain
from helpers.running import wait_until


class Said(msgspec.Struct):
    text: str


class Counted(msgspec.Struct):
    number: int


def again(**options) -> SharedAgain:
    return SharedAgain(60.0, (Said, Counted), **options)


def forked(work: Callable[[], None]) -> int:
    """The process id of a child that does some work and ends."""
    if pid := os.fork():
        return pid
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def test_what_one_has_answered_the_others_know():
    shared = again()
    pid = forked(lambda: shared.keep("call-1", Said("baltic"), ("service", b"", False)))
    assert os.waitpid(pid, 0)[1] == 0
    known = shared.known("call-1")
    assert known.answer == Said("baltic")
    assert shared.is_same(known, ("service", b"", False))
    assert not shared.is_same(known, ("service", b"", True))


def test_a_key_is_answered_once_whoever_is_asked():
    """Four processes answer the same 200 keys, each that nobody has answered before; and count them."""
    shared = again()
    reader, writer = os.pipe()

    def answers() -> None:
        for number in range(200):
            key = f"call-{number}"
            with shared.alone(key):
                if shared.known(key) is None:
                    os.write(writer, struct.pack("i", number))
                    shared.keep(key, Counted(number))

    pids = [forked(answers) for _ in range(4)]
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * 4
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        numbers = sorted(each[0] for each in struct.iter_unpack("i", pipe.read()))
    assert numbers == list(range(200))
    assert [shared.known(f"call-{number}").answer.number for number in numbers] == numbers


def test_who_is_killed_while_it_answers_holds_up_nobody():
    shared = again()
    reader, writer = os.pipe()

    def hangs() -> None:
        with shared.alone("call-1"), shared._locked(512):
            os.write(writer, b"x")
            time.sleep(60.0)

    pid = forked(hangs)
    assert os.read(reader, 1) == b"x"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with shared.alone("call-1"):
        shared.keep("call-1", Said("nord"))
    assert shared.known("call-1").answer == Said("nord")
    os.close(reader)
    os.close(writer)


def test_two_keys_in_two_orders_do_not_wait_for_each_other():
    """A key of a request around that of its contact, as the app has it, in all processes at once."""
    shared = again()

    def works() -> None:
        for number in range(300):
            with shared.alone(f"key {number % 7}", outer=True), shared.alone(f"id {(number * 5) % 7}"):
                shared.keep(f"sent {number % 5}", Counted(number))

    pids = [forked(works) for _ in range(3)]
    ended: dict[int, int] = {}

    def all_ended() -> bool:
        for pid in pids:
            if pid not in ended and (found := os.waitpid(pid, os.WNOHANG))[0]:
                ended[pid] = found[1]
        return len(ended) == len(pids)

    assert wait_until(all_ended)
    assert set(ended.values()) == {0}


@pytest.mark.parametrize("text", ["x" * PLACE_BYTES, "\ud800"])
def test_what_does_not_fit_is_known_to_its_own_process(text):
    shared = again()
    shared.keep("call-1", Said("short"), "asked")
    pid = forked(lambda: shared.keep("call-1", Said("longer"), "asked"))
    os.waitpid(pid, 0)
    shared.keep("call-1", Said(text), "asked")
    known = shared.known("call-1")
    assert known.answer == Said(text)
    assert shared.is_same(known, "asked")
    pid = forked(lambda: os._exit(shared.known("call-1").answer != Said(text)))
    assert os.waitpid(pid, 0)[1] == 0  # a copy of what its parent knew


def test_answers_are_kept_for_a_while_and_the_oldest_go_first():
    at = [1.0]
    shared = again(places=8, clock=lambda: at[0])
    for number in range(9):
        at[0] += 1.0
        shared.keep(str(number), Counted(number))
    assert shared.known("0") is None
    assert [shared.known(str(number)).answer.number for number in range(1, 9)] == list(range(1, 9))
    at[0] = 62.5  # the first of them was told at 3
    assert shared.known("1").at == 3.0
    at[0] = 63.0
    assert shared.known("1") is None
    shared.keep("2", Counted(7), at=4.0)  # as old as what it takes the place of
    assert shared.known("2").at == 4.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 99), st.text(max_size=40)), max_size=40)
)
def test_it_knows_what_a_dictionary_knows(told):
    shared, known = again(places=64), {}
    for key, number, text in told:
        known[key] = Said(text) if number % 2 else Counted(number)
        shared.keep(key, known[key], number)
        assert {each: shared.known(each).answer for each in known} == known
