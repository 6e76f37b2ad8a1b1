import threading

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

    def __call__(self, emit, check):
        try:
            for step in self.steps[:-1]:
                assert self.gate.acquire(timeout=TIMEOUT_S)
                emit(step)
            assert self.gate.acquire(timeout=TIMEOUT_S)
            return self.steps[-1]
        except Stopped:
            self.stopped = True
            raise


class Follower:
    def __init__(self, job):
        self.news = threading.Semaphore(0)
        self.subscriber = job.subscribe(self.news.release)
        assert self.news.acquire(timeout=TIMEOUT_S)

    def wait(self):
        assert self.news.acquire(timeout=TIMEOUT_S)

    def all_now(self):
        steps = []
        while (step := self.subscriber.next()) is not None:
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


def test_a_fast_subscriber_gets_every_step_and_each_payload_once():
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
    assert follower.subscriber.has_ended


def test_a_slow_subscriber_misses_steps_but_no_stage():
    work = Work(STEPS)
    job = job_of(work)
    follower = Follower(job)
    work.gate.release(len(STEPS))
    for _ in STEPS:
        follower.wait()
    assert not follower.subscriber.has_ended
    assert follower.all_now() == [("start", 0, 1), ("layout", 3, 4), ("done", 4, None)]
    assert follower.subscriber.has_ended


def test_a_payload_is_not_lost_to_a_later_step_without_one():
    work = Work(STEPS)
    job = job_of(work)
    follower = Follower(job)
    work.gate.release(3)
    for _ in range(3):
        follower.wait()
    assert follower.all_now() == [("start", 0, 1), ("layout", 2, 2)]
    follower.subscriber.leave()
    work.gate.release()
    assert job.join(TIMEOUT_S)  # its thread does not go on beside the tests after this one


def test_a_late_subscriber_gets_only_the_result_with_its_payload():
    work = Work(STEPS)
    job = job_of(work)
    first = Follower(job)
    work.gate.release(len(STEPS))
    assert job.join(TIMEOUT_S)
    assert Follower(job).all_now() == [("done", 4, 4)]
    assert len(first.all_now()) == 3
    first.subscriber.leave()
    assert Follower(job).all_now() == [("done", 4, 4)]


def test_work_stops_when_the_last_subscriber_leaves():
    work = Work(STEPS)
    job = job_of(work)
    first, second = Follower(job), Follower(job)
    first.subscriber.leave()
    work.gate.release()
    second.wait()
    assert second.all_now() == [("start", 0, 1)]
    second.subscriber.leave()
    work.gate.release()
    assert job.join(TIMEOUT_S)
    assert work.stopped
    with pytest.raises(Stopped):
        job.subscribe(lambda: None)


def test_a_users_error_is_the_last_step(caplog):
    def work(emit, check):
        raise TovecError("the vector of token 'a' holds NaN")

    follower = Follower(job_of(work))
    follower.wait()
    last = follower.subscriber.next()
    assert last.header["error"] == "the vector of token 'a' holds NaN"
    assert follower.subscriber.has_ended
    assert not caplog.records


def test_an_internal_error_is_logged_and_one_line(caplog):
    def work(emit, check):
        raise ZeroDivisionError("two\nlines")

    follower = Follower(job_of(work))
    follower.wait()
    assert follower.subscriber.next().header["error"] == "ZeroDivisionError: two"
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


def test_waiting_jobs_report_how_many_are_ahead_of_them():
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
    assert [each.subscriber.has_ended or each.all_now()[-1][0] == "done" for each in followers]


def test_a_job_that_is_left_while_it_waits_never_runs_and_later_jobs_move_up():
    works, jobs, followers, _ = queued(4, n_running=1)
    followers[1].subscriber.leave()
    assert [before(each) for each in followers[2:]] == [1, 2]
    for work in works:
        work.gate.release(len(STEPS))
    for job in jobs:
        assert job.join(TIMEOUT_S)
    assert works[1].gate._value == len(STEPS), "it ran"
    assert followers[3].all_now()[-1][0] == "done"


def test_a_stopped_job_keeps_its_place_until_it_has_ended():
    works, jobs, followers, _ = queued(2, n_running=1)
    followers[0].subscriber.leave()
    assert before(followers[1]) == 1
    works[0].gate.release()
    assert jobs[0].join(TIMEOUT_S) and works[0].stopped
    works[1].gate.release(len(STEPS))
    assert jobs[1].join(TIMEOUT_S)
    assert followers[1].all_now()[-1][0] == "done"


def test_work_that_emits_nothing_can_check_whether_to_stop():
    looked, stopped = threading.Event(), threading.Event()

    def work(emit, check):
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
    follower.subscriber.leave()
    assert stopped.wait(TIMEOUT_S) and job.join(TIMEOUT_S)


def test_a_queue_waits_for_all_jobs_together(monkeypatch):
    """Three jobs that never check whether to stop share one timeout."""
    gate, queue, clock, timeouts = threading.Event(), JobQueue(3), [0.0], []
    jobs = [job_of(lambda emit, check: gate.wait(TIMEOUT_S) and STEPS[-1], queue) for _ in range(3)]
    for job in jobs:
        job.subscribe(lambda: None)
        job.stop()

    def join(job, timeout_s):
        timeouts.append(timeout_s)
        clock[0] += timeout_s
        return False

    with monkeypatch.context() as patched:
        patched.setattr("tovec.server.jobs.time.monotonic", lambda: clock[0])
        patched.setattr(Job, "join", join)
        assert not queue.join(0.3)
    assert timeouts == [0.3, 0.0, 0.0]
    gate.set()
    assert queue.join(TIMEOUT_S)
