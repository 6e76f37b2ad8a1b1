"""Runs whose disk fills up: what was learned is kept, and said."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from texts import planted

import tovec
from tovec.errors import CannotSave, NoSpace, TovecWarning
from tovec.formats.saved import folder
from tovec.formats.saved.tensor_file import SameTokens
from tovec.storage import disk
from tovec.storage.work_folder import CHECKPOINT as NAME
from tovec.training import checkpoint
from tovec.training.checkpoint import Checkpoints
from tovec.training.events import EpochEnded, TrainingBegins
from tovec.training.run_folder import train_into

SMALL = {"dim": 20, "min_count": 1, "epochs": 2, "seed": 3, "threads": 1}


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(planted()))
    return path


def files(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def full(*arguments, **more):
    raise NoSpace("cannot write x: no space is left on the disk", "x", 1)


def full_at_first(function, times=1):
    """Return the function, which fails the first so many times as on a full disk."""
    calls = []

    def called(*arguments, **more):
        calls.append(arguments)
        return (full if len(calls) <= times else function)(*arguments, **more)

    return called


@pytest.mark.parametrize("objective", ["skip-gram", "cbow", "glove"])
def test_a_result_that_cannot_be_saved_is_kept_and_resume_saves_it_without_training(
    text, tmp_path, monkeypatch, objective
):
    settings = {**SMALL, "objective": objective}
    train_into(tmp_path / "whole", [text], **settings)
    out = tmp_path / "out"
    monkeypatch.setattr(folder, "save", full_at_first(folder.save))
    with pytest.raises(NoSpace) as error:
        train_into(out, [text], **settings)
    kept = out / "work" / NAME
    assert str(error.value) == (
        f"cannot write x: no space is left on the disk; what was learned is kept in {kept}, "
        "from where `resume` goes on"
    )
    assert names(out) == ["work"] and kept.exists() and f".{NAME}" not in names(out / "work")
    trained = []

    def report(event):
        if isinstance(event, TrainingBegins):
            trained.append(event.resumed_at)
        if isinstance(event, EpochEnded):
            trained.append(event.epoch)

    train_into(out, [text], resume=True, reporter=report, **settings)
    assert trained == [2.0]
    assert files(out) == files(tmp_path / "whole")
    assert not (out / "work").exists()


def test_the_result_of_an_interrupted_run_that_cannot_be_saved_is_kept_too(text, tmp_path, monkeypatch):
    def interrupt(event):
        if isinstance(event, EpochEnded) and event.epoch == 1:
            signal.raise_signal(signal.SIGINT)

    out = tmp_path / "out"
    train_into(tmp_path / "whole", [text], **SMALL)
    monkeypatch.setattr(folder, "save", full_at_first(folder.save))
    with pytest.raises(NoSpace, match="what was learned is kept in"):
        train_into(out, [text], reporter=interrupt, **SMALL)
    train_into(out, [text], resume=True, **SMALL)
    assert files(out) == files(tmp_path / "whole")


def test_any_error_while_saving_keeps_the_result_in_a_checkpoint(text, tmp_path, monkeypatch):
    def fails(*arguments, **more):
        raise MemoryError

    monkeypatch.setattr(folder, "save", fails)
    with pytest.raises(MemoryError):
        train_into(tmp_path / "out", [text], **SMALL)
    assert (tmp_path / "out/work" / NAME).exists()


def test_a_folder_without_write_permission_is_reported_with_what_is_kept(text, tmp_path, monkeypatch):
    def fails(*arguments, **more):
        raise CannotSave("cannot save to out: Permission denied")

    monkeypatch.setattr(folder, "save", fails)
    with pytest.raises(
        CannotSave, match=r"Permission denied; what was learned is kept in .*, from where `res"
    ):
        train_into(tmp_path / "out", [text], **SMALL)


def test_the_error_says_that_all_is_lost_where_no_checkpoint_can_be_written_either(
    text, tmp_path, monkeypatch
):
    monkeypatch.setattr(folder, "save", full_at_first(folder.save))
    monkeypatch.setattr(Checkpoints, "write", full_at_first(Checkpoints.write))
    with pytest.raises(
        NoSpace, match="what was learned is lost, since no checkpoint could be written either"
    ):
        train_into(tmp_path / "out", [text], **SMALL)
    assert names(tmp_path) == ["text.txt"]


@pytest.mark.parametrize("times", [1, 3, 99])
def test_a_checkpoint_that_cannot_be_written_is_one_warning_and_the_run_continues(
    text, tmp_path, monkeypatch, times
):
    train_into(tmp_path / "whole", [text], **SMALL)
    monkeypatch.setattr(Checkpoints, "write", full_at_first(Checkpoints.write, times))
    told = "the checkpoint at 0.50 epochs could not be written: cannot write x: .*; training goes on$"
    with pytest.warns(TovecWarning, match=told) as warned:
        train_into(tmp_path / "out", [text], checkpoint_every=0.5, **SMALL)
    assert len(warned) == 1
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_the_checkpoint_before_one_that_cannot_be_written_stays(text, tmp_path, monkeypatch):
    """And the run ends with that in its folder, when its result cannot be saved either."""
    write = Checkpoints.write
    monkeypatch.setattr(
        Checkpoints, "write", lambda self, at, **more: (write if at.epochs < 1 else full)(self, at, **more)
    )
    monkeypatch.setattr(folder, "save", full_at_first(folder.save))
    out = tmp_path / "out"
    with (
        pytest.warns(
            TovecWarning, match=r"1.00 epochs could not .*; training goes on, and the one at 0.50 .*stays"
        ),
        pytest.raises(
            NoSpace, match=r"what was learned in 0.50 epochs is kept in .*, from where `resume` goes on"
        ),
    ):
        train_into(out, [text], checkpoint_every=0.5, **SMALL)
    monkeypatch.undo()
    train_into(out, [text], resume=True, **SMALL)
    train_into(tmp_path / "whole", [text], **SMALL)
    assert files(out) == files(tmp_path / "whole")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("fsync", errno.EIO),
        ("fsync", errno.EDQUOT),
        ("posix_fallocate", errno.ENOSPC),
        ("replace", errno.EROFS),
    ],
)
def test_any_system_error_leaves_the_previous_checkpoint_and_nothing_else(
    tmp_path, monkeypatch, broken, code
):
    arrays = {"inputs": tovec.Embedding.random(["a", "b"], 3).vectors}
    position = checkpoint.Position(7, 5, [[0.5, 2.0], [0.1, 7.0]])
    made = Checkpoints(tmp_path, arrays, {}, "")
    made.write(position)
    before = files(tmp_path)

    def refuses(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path if broken == "replace" else os, broken, refuses)
    with pytest.raises(CannotSave, match=f"cannot write {re.escape(str(tmp_path))}/.*{NAME}: "):
        made.reserve_room(position)
        made.write(position)
    assert files(tmp_path) == before


def test_snapshots_that_cannot_be_written_are_a_warning_and_the_run_continues(text, tmp_path, monkeypatch):
    monkeypatch.setattr(SameTokens, "save", full)
    with pytest.warns(TovecWarning) as warned:
        train_into(tmp_path / "out", [text], snapshots=2, **SMALL)
    first, all_of_them = (str(warning.message) for warning in warned)
    assert first == (
        "the snapshot at 0 ids could not be written: cannot write x: no space is left on the disk; "
        "training goes on without it"
    )
    assert all_of_them == f"2 snapshots were left out of {tmp_path}/out/work/snapshots"
    assert tovec.open(tmp_path / "out").provenance["epochs"] == 2
    assert not (tmp_path / "out/snapshots").exists()


def test_a_full_disk_is_reported_before_training_starts(text, tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 1000)
    with pytest.raises(
        NoSpace, match=r"^reading the text needs \d+ kB in .*, and 1 kB are free; free \d+ kB there"
    ):
        train_into(tmp_path / "out", [text], **SMALL)
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 45_000)
    with pytest.raises(
        NoSpace, match=r"^training needs \d+ kB in .*, and 45 kB are free; free \d+ kB there, or"
    ):
        train_into(tmp_path / "out", [text], **SMALL)
    assert names(tmp_path) == ["text.txt"]
    with pytest.raises(NoSpace, match=r"the text came from a stream, which has been read: give it again$"):
        train_into(tmp_path / "out", iter(planted()), **SMALL)
    tovec.train(planted(), **SMALL)  # which saves nothing


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"objective": "glove"},
        {"objective": "position-weighted-cbow"},
        {"ngrams": "characters"},
        {"tokenizer": "bpe:280"},
        {"checkpoint_every": 0.3, "snapshots": 3},
    ],
    ids=str,
)
def test_the_reported_disk_space_is_what_the_run_takes(text, tmp_path, settings):
    """The most at a time: checkpoints, and the result beside the room for the last."""
    told = []

    def report(event):
        if isinstance(event, TrainingBegins):
            told.append(event.n_disk_bytes)

    out = tmp_path / "out"
    train_into(out, [text], reporter=report, **{**SMALL, "dim": 4000, "epochs": 1, **settings})
    results = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    vectors = (out / "model.safetensors").stat().st_size
    arrays = (4 if settings.get("objective") == "glove" else 2) * vectors
    if "ngrams" in settings:
        arrays += (out / "ngrams.safetensors").stat().st_size
    n_checkpoints = 2 if "checkpoint_every" in settings else 1
    expected = n_checkpoints * arrays + results
    assert told[0] == pytest.approx(expected, rel=0.1)


# A real disk that is full

FILLED = """
import os, sys, warnings
from pathlib import Path
from tovec.errors import TovecError
from tovec.training.run_folder import train_into
from tovec.training.events import EpochEnded, TrainingBegins

disk, text, moment, options = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], eval(sys.argv[4])
warnings.simplefilter("ignore")

def fill(event):
    if isinstance(event, TrainingBegins):
        with open(disk / "theirs", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 12))
            except OSError:
                pass

settings = {"dim": 1000, "min_count": 1, "epochs": 2, "seed": 3, "threads": 1}
try:
    train_into(disk / "out", [text], reporter=fill, **options, **settings)
except TovecError as error:
    print(error)
    (disk / "theirs").unlink()
    train_into(disk / "out", [text], resume=True, **settings)
print(sorted(str(path.relative_to(disk)) for path in disk.rglob("*")))
for name in ("model.safetensors", "outputs.safetensors", "tovec.json"):
    (text.parent / name).write_bytes((disk / "out" / name).read_bytes())
"""


def on_a_small_disk(n_bytes, where, *command):
    """Run a command that sees a file system of `n_bytes` at `where`, and nobody else does."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare")
    mount = f'mount -t tmpfs -o size={n_bytes} none {where} && exec "$@"'
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*unshare, mount, "sh", "true"], capture_output=True).returncode:
        pytest.skip("the system mounts no file system for us")
    return subprocess.run(
        [*unshare, mount, "sh", *command], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("options", [{}, {"checkpoint_every": 0.4}], ids=str)
def test_a_disk_that_fills_up_during_training_loses_nothing(text, tmp_path, options):
    train_into(tmp_path / "whole", [text], **{**SMALL, "dim": 1000})
    disk = tmp_path / "disk"
    disk.mkdir()
    program = [sys.executable, "-c", FILLED, disk, text, "training", repr(options)]
    told = on_a_small_disk(4_000_000, disk, *program).splitlines()
    if not options:  # with checkpoints, the room of the last is enough for the result
        assert re.match(
            r".*/out needs [\d,]+ kB in .*, and \d+ kB are free; free [\d,]+ kB there, or", told[0]
        )
        assert re.search(r"; what was learned is kept in .*, from where `resume` goes on$", told[0])
    assert "work" not in told[-1] and ".out" not in told[-1]
    for name in ("model.safetensors", "outputs.safetensors", "tovec.json"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
