import threading
import time

import numpy as np
import pytest

from tovec.errors import TovecError
from tovec.server.jobs import Job, JobQueue, Step, Stopped

TIMEOUT_S = 20


class Work:
    """Work that does one step when it is let."""

    def __init__(self, steps):
        self.steps = steps
        self.gate = threading.Semaphore(0)
        self.stopped = False

    def __call__(self, tell, check):
        try:
            for step in self.steps[:-1]:
                assert self.gate.acquire(timeout=TIMEOUT_S)
                tell(step)
            assert self.gate.acquire(timeout=TIMEOUT_S)
            return self.steps[-1]
        except Stopped:
            self.stopped = True
            raise


class Follower:
    def __init__(self, job):
        self.news = threading.Semaphore(0)
        self.watcher = job.watch(self.news.release)
        assert self.news.acquire(timeout=TIMEOUT_S)

    def wait(self):
        assert self.news.acquire(timeout=TIMEOUT_S)

    def all_now(self):
        steps = []
        while (step := self.watcher.next()) is not None:
            steps.append(
                (
                    step.header["stage"],
                    step.header.get("n"),
                    None if step.payload is None else step.payload[0],
                )
            )
        return steps


def step(stage, n=None, payload=None):
    return Step({"stage": stage, "n": n}, None if payload is None else np.array([payload]))


def job_of(work, queue=None):
    return Job(work, queue or JobQueue(), lambda n_before: step("waiting", n_before))


STEPS = [
    step("start", 0, 1.0),
    step("layout", 1, 2.0),
    step("layout", 2),
    step("layout", 3, 4.0),
    step("done", 4),
]


def test_one_who_is_quick_sees_every_step_and_numbers_once():
    work = Work(STEPS)
    follower = Follower(job_of(work))
    seen = []
    for _ in STEPS:
        work.gate.release()
        follower.wait()
        seen += follower.all_now()
    assert seen == [
        ("start", 0, 1),
        ("layout", 1, 2),
        ("layout", 2, None),
        ("layout", 3, 4),
        ("done", 4, None),
    ]
    assert follower.watcher.has_ended


def test_one_who_is_slow_misses_steps_but_no_stage():
    work = Work(STEPS)
    job = job_of(work)
    follower = Follower(job)
    work.gate.release(len(STEPS))
    for _ in STEPS:
        follower.wait()
    assert not follower.watcher.has_ended
    assert follower.all_now() == [("start", 0, 1), ("layout", 3, 4), ("done", 4, None)]
    assert follower.watcher.has_ended


def test_numbers_are_not_lost_to_a_later_step_without_any():
    work = Work(STEPS)
    job = job_of(work)
    follower = Follower(job)
    work.gate.release(3)
    for _ in range(3):
        follower.wait()
    assert follower.all_now() == [("start", 0, 1), ("layout", 2, 2)]
    follower.watcher.leave()
    work.gate.release()
    assert job.join(TIMEOUT_S)  # its thread does not go on beside the tests after this one


def test_who_comes_after_the_end_gets_the_result_alone_with_its_numbers():
    work = Work(STEPS)
    job = job_of(work)
    first = Follower(job)
    work.gate.release(len(STEPS))
    assert job.join(TIMEOUT_S)
    assert Follower(job).all_now() == [("done", 4, 4)]
    assert len(first.all_now()) == 3
    first.watcher.leave()
    assert Follower(job).all_now() == [("done", 4, 4)]


def test_the_last_to_leave_stops_the_work():
    work = Work(STEPS)
    job = job_of(work)
    first, second = Follower(job), Follower(job)
    first.watcher.leave()
    work.gate.release()
    second.wait()
    assert second.all_now() == [("start", 0, 1)]
    second.watcher.leave()
    work.gate.release()
    assert job.join(TIMEOUT_S)
    assert work.stopped
    with pytest.raises(Stopped):
        job.watch(lambda: None)


def test_a_users_mistake_is_the_last_step(caplog):
    def work(tell, check):
        raise TovecError("the vector of token 'a' holds NaN")

    follower = Follower(job_of(work))
    follower.wait()
    last = follower.watcher.next()
    assert last.header["error"] == "the vector of token 'a' holds NaN"
    assert follower.watcher.has_ended
    assert not caplog.records


def test_our_own_mistake_is_logged_and_one_line(caplog):
    def work(tell, check):
        raise ZeroDivisionError("two\nlines")

    follower = Follower(job_of(work))
    follower.wait()
    assert follower.watcher.next().header["error"] == "ZeroDivisionError: two"
    assert "Traceback" in caplog.text


# The queue


def queued(n, n_running):
    """Return works, jobs of one queue, and who follows them, asked for in this order."""
    works, queue = [Work(STEPS) for _ in range(n)], JobQueue(n_running)
    jobs = [job_of(work, queue) for work in works]
    return works, jobs, [Follower(job) for job in jobs], queue


def before(follower):
    """Return for how many others a job waits, None when it runs or has ended."""
    stage, n, _ = ([("", None, None), *follower.all_now()])[-1]
    return n if stage == "waiting" else None


def test_no_more_jobs_run_than_may_and_the_others_know_how_many_are_before_them():
    works, jobs, followers, queue = queued(5, n_running=2)
    assert [before(each) for each in followers] == [None, None, 2, 3, 4]
    works[1].gate.release(len(STEPS))
    assert jobs[1].join(TIMEOUT_S)
    works[2].gate.release()  # it runs now
    followers[2].wait()
    assert [before(each) for each in followers[3:]] == [2, 3]
    for work in works:
        work.gate.release(len(STEPS))
    for job in jobs:
        assert job.join(TIMEOUT_S)
    assert queue.join(TIMEOUT_S)
    assert [each.watcher.has_ended or each.all_now()[-1][0] == "done" for each in followers]


def test_one_that_is_left_while_it_waits_never_runs_and_those_behind_it_move_up():
    works, jobs, followers, _ = queued(4, n_running=1)
    followers[1].watcher.leave()
    assert [before(each) for each in followers[2:]] == [1, 2]
    for work in works:
        work.gate.release(len(STEPS))
    for job in jobs:
        assert job.join(TIMEOUT_S)
    assert works[1].gate._value == len(STEPS), "it ran"
    assert followers[3].all_now()[-1][0] == "done"


def test_one_that_was_left_keeps_its_place_until_it_has_ended():
    works, jobs, followers, _ = queued(2, n_running=1)
    followers[0].watcher.leave()
    assert before(followers[1]) == 1
    works[0].gate.release()
    assert jobs[0].join(TIMEOUT_S) and works[0].stopped
    works[1].gate.release(len(STEPS))
    assert jobs[1].join(TIMEOUT_S)
    assert followers[1].all_now()[-1][0] == "done"


def test_work_that_tells_nothing_can_look_whether_it_is_to_end():
    looked, stopped = threading.Event(), threading.Event()

    def work(tell, check):
        try:
            while True:
                check()
                looked.set()
        except Stopped:
            stopped.set()
            raise

    job = job_of(work)
    follower = Follower(job)
    assert looked.wait(TIMEOUT_S)
    follower.watcher.leave()
    assert stopped.wait(TIMEOUT_S) and job.join(TIMEOUT_S)


def test_an_ended_queue_waits_for_all_jobs_together():
    """Three that do not look up cost one wait, not three."""
    gate, queue = threading.Event(), JobQueue(3)
    jobs = [job_of(lambda tell, check: gate.wait(TIMEOUT_S) and STEPS[-1], queue) for _ in range(3)]
    for job in jobs:
        job.watch(lambda: None)
        job.stop()
    start = time.monotonic()
    assert not queue.join(0.3)
    assert time.monotonic() - start < 0.6
    gate.set()
    assert queue.join(TIMEOUT_S)
