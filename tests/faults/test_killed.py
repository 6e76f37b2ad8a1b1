"""Commands that are killed, refused or interrupted at some system calls; benchmarks/faults.py has all."""

import pytest
from breaking import needs_strace, program, run

PAIRS = ("convert out.npy", "convert out.tsv", "convert projector --format=projector")
KILLS = ("kill -9", "kill -9, no exchange")
ERRORS = ("ENOSPC", "EIO", "EACCES")


def broken(folder, commands, faults, points):
    needs_strace()
    found = run("faults.py", folder, "--commands", *commands, "--faults", *faults, "--points", points)
    assert {outcome["command"] for outcome in found["each"]} == set(commands)
    assert {outcome["fault"] for outcome in found["each"]} == set(faults)
    assert {outcome["seen"] for outcome in found["each"]} >= {"old", "new"}
    assert found["complaints"] == []


def test_a_killed_save_leaves_the_old_or_the_new_folder_and_the_users_files(tmp_path):
    broken(tmp_path, ["convert out"], KILLS, 8)


@pytest.mark.parametrize("command", PAIRS)
def test_a_killed_save_never_leaves_one_file_of_a_pair_with_the_other_of_before(tmp_path, command):
    broken(tmp_path, [command], ["kill -9"], 10)


def test_a_killed_training_goes_on_to_the_same_bytes_and_leaves_nothing_behind(tmp_path):
    broken(tmp_path, ["train"], ["kill -9"], 4)


def test_what_the_system_refuses_is_one_line_and_the_old_or_the_new_value(tmp_path):
    broken(tmp_path, ["convert out", "convert out.npy"], ERRORS, 3)


def test_ctrl_c_in_the_middle_of_a_save_leaves_the_old_or_the_new_value_and_exits_130(tmp_path):
    broken(tmp_path, ["convert out", "convert out.npy"], ["Ctrl+C"], 4)


CARELESS = """
from functools import partial
from pathlib import Path
from fault_cases import FAULTS, Case
from fault_commands import NEW, Command

def write(self, which, inputs, folder, *more):
    place = folder / "out"
    place.mkdir(exist_ok=True)
    for path in place.iterdir():
        if path.is_file():
            path.unlink()
    (folder / ".out.tmp-1").touch()
    for name in "ab":
        (place / name).write_text(which)
    (folder / ".out.tmp-1").unlink()

def look(path):
    return "".join((path / name).read_text() for name in "ab") if (path / "b").exists() else None

Command.run = write
folder = Path(sys.argv[1])
command = Command("careless", lambda *_: [], "out", look, is_folder=True)
for state in ("nothing", "old", "user's file"):
    case = Case.of(command, state, folder, folder)
    for fault in FAULTS[0], FAULTS[4]:
        for point in fault.points(case):
            outcome = case.broken_by(fault, point, folder / "run")
            print(fault.name, state, *(problem.partition(":")[0] for problem in outcome.problems), sep="|")
"""


def test_a_careless_writer_is_found_out(tmp_path):
    needs_strace()
    lines = [line.split("|") for line in program(CARELESS, tmp_path).splitlines()]
    problems = {
        (fault, state): {kind for line in lines if line[:2] == [fault, state] for kind in line[2:]}
        for fault, state, *_ in lines
    }
    assert problems["kill -9", "old"] == {"mixture"}
    assert "user's file lost" in problems["kill -9", "user's file"]
    assert problems["EIO", "old"] >= {"mixture", "message", "left behind"}
    assert problems["kill -9", "nothing"] == set() or problems["kill -9", "nothing"] == {"mixture"}
