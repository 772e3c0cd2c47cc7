"""Answers of before are given again for a while, and not all are kept."""

import threading

from bporoute.telephony._again import Again


def test_answers_are_kept_for_a_while():
    at = [0.0]
    again: Again[int] = Again(60.0, clock=lambda: at[0])
    numbers = iter(range(10))
    assert [again.once("a", lambda: next(numbers)) for _ in range(2)] == [0, 0]
    at[0] = 60.0
    assert again.known("a") is None
    assert again.once("a", lambda: next(numbers)) == 1
    again.keep("b", 7, asked="x", at=30.0)  # as old as what it takes the place of
    at[0] = 89.0
    assert again.known("b") == ("x", 7, 30.0)
    at[0] = 91.0
    assert again.known("b") is None


def test_only_so_many_are_kept_the_oldest_go_first():
    again: Again[int] = Again(600.0, most=2)
    for number in range(4):
        again.keep(str(number), number)
    assert [again.known(str(number)) is not None for number in range(4)] == [False, False, True, True]


def test_nothing_is_kept_for_no_time():
    again: Again[int] = Again(0.0, clock=lambda: 5.0)
    assert [again.once("a", iter((number,)).__next__) for number in range(3)] == [0, 1, 2]


def test_who_asks_meanwhile_waits_for_the_answer():
    again: Again[str] = Again(60.0)
    begun, goes_on, got = threading.Event(), threading.Event(), []

    def slowly() -> str:
        begun.set()
        goes_on.wait(60.0)
        return "first"

    threads = [threading.Thread(target=lambda: got.append(again.once("a", slowly)))]
    threads[0].start()
    assert begun.wait(60.0)
    threads.append(threading.Thread(target=lambda: got.append(again.once("a", lambda: "second"))))
    threads[1].start()
    goes_on.set()
    for thread in threads:
        thread.join(60.0)
    assert got == ["first", "first"]
