import threading

import pytest

from tovec.threads import one_blas_thread, thread_pool


def test_pool_that_ends_with_an_error_waits_for_running_calls_and_drops_waiting_ones():
    started, finish, done = threading.Event(), threading.Event(), []

    def work(number):
        started.set()
        finish.wait(10)
        done.append(number)

    def fail():
        with thread_pool(1) as pool:
            pool.submit(work, 0)
            pool.submit(work, 1)
            started.wait(10)
            threading.Timer(0.05, finish.set).start()
            raise ValueError("of the caller")

    with pytest.raises(ValueError, match="of the caller"):
        fail()
    assert done == [0]


def test_numpys_products_take_one_thread_for_a_while():
    import numpy as np
    from threadpoolctl import threadpool_info

    def n_threads():
        np.eye(2) @ np.eye(2)
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = n_threads()
    with one_blas_thread():
        assert set(n_threads()) <= {1}
    assert n_threads() == before
