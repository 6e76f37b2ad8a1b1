"""Waiting for what another thread does."""

import time


def until(holds, seconds=30):
    """Wait until `holds()`; a machine with other work may take long."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it has not come true"
        time.sleep(0.02)
