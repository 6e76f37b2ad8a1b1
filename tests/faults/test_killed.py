"""Commands that are killed, refused or interrupted at some system calls; benchmarks/faults.py has all."""

import pytest
from breaking import needs_strace, program, run

SAVES = ("convert out", "convert out.npy", "convert out.tsv", "convert projector --format=projector")


def broken(folder, commands, faults, points):
    needs_strace()
    found = run("faults.py", folder, "--commands", *commands, "--faults", *faults, "--points", points)
    assert {outcome["command"] for outcome in found["each"]} == set(commands)
    assert {outcome["fault"] for outcome in found["each"]} == set(faults)
    assert {outcome["seen"] for outcome in found["each"]} >= {"old", "new"}
    assert not found["complaints"], "\n".join(found["complaints"])


@pytest.mark.slow
def test_a_killed_save_leaves_the_old_or_the_new_files_together_and_the_users(tmp_path):
    broken(tmp_path, SAVES, ["kill -9", "kill -9, no exchange"], 3)


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_bytes_and_leaves_nothing_behind(tmp_path):
    broken(tmp_path, ["train"], ["kill -9"], 3)


@pytest.mark.slow
def test_what_is_refused_or_interrupted_ends_in_one_line_with_the_old_or_the_new_value(tmp_path):
    broken(tmp_path, SAVES[:2], ["ENOSPC", "EACCES", "Ctrl+C"], 2)


CARELESS = """
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
    for fault in FAULTS:
        if fault.name in ("kill -9", "EIO"):
            for point in fault.points(case):
                outcome = case.broken_by(fault, point, folder / "run")
                print(fault.name, state, *(text.partition(":")[0] for text in outcome.problems), sep="|")
"""


def test_a_careless_writer_is_found_out(tmp_path):
    needs_strace()
    problems = {}
    for line in program(CARELESS, tmp_path).splitlines():
        fault, state, *kinds = line.split("|")
        problems.setdefault((fault, state), set()).update(kinds)
    assert problems["kill -9", "old"] == {"mixture"}
    assert problems["kill -9", "user's file"] == {"mixture", "user's file lost"}
    assert problems["EIO", "old"] == {"mixture", "message", "left behind"}
