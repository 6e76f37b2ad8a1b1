"""Several at once on one path, and Ctrl+C at any moment; benchmarks/faults.py does the same for longer."""

import pytest
from breaking import run

CROWDS = ("two writers, two readers", "two trainings", "--resume of a live run")
COMMANDS = ("convert out", "convert out.npy", "convert out.tsv", "train")


def crowd(folder, commands, faults, *options):
    found = run("faults.py", folder, "--commands", *commands, "--faults", *faults, *options)
    assert not found["complaints"], "\n".join(found["complaints"])
    rows = {row["fault"]: row for row in found["rows"]}
    assert set(rows) == set(faults)
    return rows


@pytest.mark.slow
def test_of_several_that_write_to_one_path_readers_see_one_and_the_last_one_wins_whole(tmp_path):
    rows = crowd(tmp_path, COMMANDS, CROWDS, "--seconds", 0.5, "--runs", 3)
    assert rows[CROWDS[0]]["old"] and rows[CROWDS[0]]["new"]
    assert all(rows[name]["old"] + rows[name]["new"] == 3 for name in CROWDS[1:])


def test_ctrl_c_at_any_moment_ends_a_command_at_once_without_a_traceback(tmp_path):
    crowd(tmp_path, ["init"], ["Ctrl+C at random"], "--runs", 5)
