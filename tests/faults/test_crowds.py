"""Several at once on one path, and Ctrl+C at any moment; benchmarks/faults.py does the same for longer."""

import pytest
from breaking import run
from needs import needs_that

PLACES = ("convert out", "convert out.npy", "convert out.tsv", "convert out.vec")


def crowd(folder, commands, fault, *options):
    from sys import platform

    needs_that(platform == "linux", "the processes of a crowd are waited for as Linux allows")
    found = run("faults.py", folder, "--commands", *commands, "--faults", fault, *options)
    assert [row["fault"] for row in found["rows"]] == [fault]
    assert found["complaints"] == []
    return found["rows"][0]


def test_readers_see_one_of_the_values_that_two_writers_save_again_and_again(tmp_path):
    row = crowd(tmp_path, PLACES, "two writers, two readers", "--seconds", 0.7)
    assert row["old"] and row["new"] and not row["mixture"]


@pytest.mark.parametrize("fault", ["two trainings", "--resume of a live run"])
def test_of_two_trainings_in_one_folder_one_ends_well_and_the_other_in_one_line(tmp_path, fault):
    row = crowd(tmp_path, ["train"], fault, "--runs", 4)
    assert row["old"] + row["new"] == 4


def test_ctrl_c_at_any_moment_ends_a_command_at_once_without_a_traceback(tmp_path):
    crowd(tmp_path, ["init", "train"], "Ctrl+C at random", "--runs", 4)
