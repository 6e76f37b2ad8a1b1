"""Reported memory agrees with the system, and a limit on the address space is an error before the work."""

import os
import subprocess
import sys

import pytest

from tovec.errors import NotEnoughMemory
from tovec.memory import available_bytes, check_address_space

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_memory_of_the_process_grows_by_an_array_that_is_written():
    """In a process of its own: a process that has freed as much already takes it from there."""
    program = """import numpy as np
from tovec.memory import own_bytes
before = own_bytes()
array = np.ones(1 << 26, np.uint8)
print(own_bytes() - before, array.any())"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    grown, is_written = run.stdout.split()
    assert is_written == "True" and (1 << 26) <= int(grown) < (1 << 27)


@linux
@pytest.mark.parametrize("returns", [True, False])
def test_freed_memory_goes_back_to_the_system_where_that_was_asked_for(returns):
    """In a thread, whose arena keeps its end once a large array has raised glibc's threshold for that."""
    program = f"""import threading
import numpy as np
from tovec.memory import own_bytes, return_freed_memory
if {returns}: return_freed_memory()
arrays = [None] * 128
def work():
    for n in (1 << 21, 1 << 15):
        for i in range((1 << 22) // n): arrays[i] = np.ones(n)
        for i in reversed(range(128)): arrays[i] = None
before = own_bytes()
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(own_bytes() - before)"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (int(run.stdout) < 8e6) == returns


@linux
def test_free_memory_is_below_that_of_the_machine():
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < available_bytes() < total


@linux
def test_limit_below_what_is_needed_is_an_error_that_names_the_command():
    program = """import resource; from tovec.memory import address_space_bytes, check_address_space
resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))
assert address_space_bytes() == 1 << 32
check_address_space(1 << 32)
try: check_address_space(1 << 33)
except Exception as error: print(error)"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "8,192 MB are needed" in done.stdout and f"ulimit -v {1 << 23} or more" in done.stdout


def test_without_a_limit_any_size_is_allowed(monkeypatch):
    monkeypatch.setattr("tovec.memory.address_space_bytes", lambda: None)
    check_address_space(1 << 60)
    monkeypatch.setattr("tovec.memory.address_space_bytes", lambda: 10)
    with pytest.raises(NotEnoughMemory):
        check_address_space(11)
