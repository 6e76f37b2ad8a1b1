"""Calls in threads: their answers, what they raise, and those that nobody waits for."""

import threading
import time

import pytest

from tovec.server.workers import Workers

TIMEOUT_S = 20


def test_calls_are_answered_and_what_they_raise_is_raised():
    workers = Workers(2, "test")
    answers = [workers.submit(lambda n=n: 10 // n) for n in (5, 0, 2)]
    assert answers[0].result(TIMEOUT_S) == 2
    with pytest.raises(ZeroDivisionError):
        answers[1].result(TIMEOUT_S)
    assert answers[2].result(TIMEOUT_S) == 5
    workers.close()
    assert workers.join(TIMEOUT_S)


def test_at_most_one_call_per_thread_runs_at_once():
    workers, gate, running = Workers(2, "test"), threading.Event(), threading.Semaphore(0)

    def call():
        running.release()
        return gate.wait(TIMEOUT_S)

    answers = [workers.submit(call) for _ in range(5)]
    assert running.acquire(timeout=TIMEOUT_S) and running.acquire(timeout=TIMEOUT_S)
    assert not running.acquire(timeout=0.1)
    gate.set()
    assert all(each.result(TIMEOUT_S) for each in answers)
    workers.close()


def test_cancelled_calls_and_calls_after_closing_are_not_made():
    workers, gate, begun = Workers(1, "test"), threading.Event(), []
    first = workers.submit(lambda: gate.wait(TIMEOUT_S))
    given_up, after = (
        workers.submit(lambda: begun.append("given up")),
        workers.submit(lambda: begun.append(1)),
    )
    while not first.running():
        time.sleep(0.01)
    assert given_up.cancel()
    workers.close()
    assert not workers.join(0.05)
    gate.set()
    assert workers.join(TIMEOUT_S)
    assert begun == [] and not after.done()
