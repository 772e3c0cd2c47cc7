"""What interrupts a log line leaves no lock behind."""

from __future__ import annotations

import logging
import threading

import pytest

from bporoute._base.logger import INFO, logger, say


class Interrupted(BaseException):
    """As Ctrl-C, or a time limit."""


class CutShort(logging.Handler):
    """A handler whose lock is taken when an interrupt comes, before anybody looks after it."""

    def handle(self, record: logging.LogRecord) -> bool:
        self.acquire()
        raise Interrupted


@pytest.fixture
def cut_short():
    handler = CutShort()
    logger().addHandler(handler)
    yield handler
    logger().removeHandler(handler)


def free_for_others(handler: logging.Handler) -> bool:
    found = []
    other = threading.Thread(target=lambda: found.append(handler.lock.acquire(timeout=0.2)))
    other.start()
    other.join()
    return found[0]


def test_an_interrupted_line_leaves_the_handler_to_other_threads(cut_short, caplog) -> None:
    caplog.set_level(INFO, "bporoute")
    with pytest.raises(Interrupted):
        say([(INFO, "vendor nord: back")])
    assert free_for_others(cut_short)


def test_a_handler_that_is_at_work_keeps_its_lock(cut_short, caplog) -> None:
    """As one that asks the router, which has something to say."""
    caplog.set_level(INFO, "bporoute")
    with cut_short.lock:
        with pytest.raises(Interrupted):
            say([(INFO, "vendor nord: back")])
        assert cut_short.lock._is_owned()
        assert not free_for_others(cut_short)
