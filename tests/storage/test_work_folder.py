"""Files of users in and beside the work files of a run are never removed."""

import os
import subprocess
import sys

import pytest

import tovec
from tovec.errors import BadText, CannotSave, TovecError
from tovec.progress import Stage
from tovec.storage import work_folder
from tovec.training.run_folder import train_into

SMALL = {"dim": 4, "min_count": 1, "epochs": 2, "threads": 1, "sample": 0}


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("the cat sat on the mat\nthe dog sat on the log\n" * 20)
    return path


@pytest.fixture
def thesis(tmp_path):
    """Return a folder with a user's `work` in it."""
    (tmp_path / "p/work").mkdir(parents=True)
    (tmp_path / "p/work/t.txt").write_text("thesis")
    return tmp_path / "p"


@pytest.mark.parametrize("inputs", ["/nonexistent.txt", None])
@pytest.mark.parametrize("resume", [False, True])
def test_training_beside_a_users_work_is_refused(text, thesis, inputs, resume):
    with pytest.raises(CannotSave, match="it holds 'work', so tovec did not save it"):
        train_into(thesis, [text if inputs is None else inputs], resume=resume, **SMALL)
    assert (thesis / "work/t.txt").read_text() == "thesis"


def test_random_table_and_save_beside_a_users_work_are_refused(thesis):
    for save in (
        tovec.Embedding.random(["a"], 2).save,
        lambda path: tovec.save(tovec.Embedding.random(["a"], 2), path),
    ):
        with pytest.raises(CannotSave, match="it holds 'work'"):
            save(thesis)
    assert (thesis / "work/t.txt").read_text() == "thesis"


def test_a_users_work_in_a_folder_of_tovec_stays(text, tmp_path):
    made = tovec.Embedding.random(["a", "b"], 2)
    out = made.save(tmp_path / "out")
    (out / "work").mkdir()
    (out / "work/t.txt").write_text("thesis")
    made.save(out)
    assert (out / "work/t.txt").read_text() == "thesis"
    for resume in (False, True):
        with pytest.raises(CannotSave, match=r"its 'work' was not made by tovec, .* rename it"):
            train_into(out, [text], resume=resume, **SMALL)
    assert (out / "work/t.txt").read_text() == "thesis" and tovec.open(out).n_tokens == 2


def test_link_named_work_is_not_followed(text, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out = tovec.Embedding.random(["a", "b"], 2).save(tmp_path / "out")
    (out / "work").symlink_to(elsewhere)
    with pytest.raises(CannotSave, match=r"its 'work' is a link"):
        train_into(out, [text], **SMALL)
    tovec.Embedding.random(["a", "b"], 2).save(out)
    assert (out / "work").is_symlink() and not any(elsewhere.iterdir())


def test_what_a_user_puts_beside_work_files_stays(text, tmp_path):
    out = tmp_path / "out"
    with work_folder.held(out) as work:
        (work / "notes.txt").write_text("mine")
    train_into(out, [text], **SMALL)
    assert [entry.name for entry in (out / "work").iterdir()] == ["notes.txt"]
    assert (out / "work/notes.txt").read_text() == "mine"


def test_a_run_that_fails_removes_what_it_made_and_nothing_else(tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"the cat sat\n" * 9 + b"\xff\n")
    out = tmp_path / "out"
    with pytest.raises(BadText):
        train_into(out, [bad], **SMALL)
    assert not out.exists()

    def meddle(event):
        (out / "theirs.txt").write_text("theirs")

    with pytest.raises(TovecError):
        train_into(out, [bad], reporter=meddle, **SMALL)
    assert [entry.name for entry in out.iterdir()] == ["theirs.txt"]


def test_an_interrupted_run_survives_a_mistake_in_the_next_command(text, tmp_path):
    out = tmp_path / "out"
    with work_folder.held(out) as work:
        (work / "checkpoint.safetensors").write_bytes(b"hours")
    with pytest.raises(BadText):
        train_into(out, [tmp_path / "gone.txt"], **SMALL)
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"the cat sat\n" * 9 + b"\xff\n")
    (work / "snapshots").mkdir()
    snapshot = tovec.Embedding.random(["a", "b"], 2).save(work / "snapshots/000000000012.safetensors")
    for wrong in (bad, "no_pair"):
        with pytest.raises(TovecError):
            train_into(out, [wrong], **SMALL)
        assert (work / "checkpoint.safetensors").read_bytes() == b"hours"
        assert tovec.open(snapshot).n_tokens == 2
    train_into(out, [text], **SMALL)
    assert not work.exists() and not (out / "snapshots").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"objective": "glove"},
        {"objective": "cbow", "ngrams": "characters"},
        {"tokenizer": "bpe:270"},  # which reads a stream twice
        {"phrases": 1},
    ],
    ids=str,
)
def test_a_run_writes_no_other_names(text, tmp_path, monkeypatch, settings):
    seen = set()
    remove = work_folder.remove

    def look(directory):
        seen.update(entry.name for entry in (directory / "work").glob("*"))
        remove(directory)

    monkeypatch.setattr(work_folder, "is_all_ours", lambda directory: False)  # so that it is there at the end
    monkeypatch.setattr(work_folder, "remove", look)

    def look(event):
        if isinstance(event, Stage) and event.name == "reading":
            seen.update(entry.name for entry in (tmp_path / "out/work").glob("*"))

    given = iter(text.read_text().splitlines())
    options = {"checkpoint_every": 0.5, "snapshots": 2, "reporter": look}
    train_into(tmp_path / "out", given, **options, **{**SMALL, **settings})
    assert seen >= {"ids.i32", "checkpoint.safetensors", ".tovec-run"}
    assert ("spool.jsonl" in seen) == ("tokenizer" in settings)
    assert seen <= work_folder._OURS
    assert not (tmp_path / "out/work").exists()


# Two runs, one folder

RUN = """
import sys
from pathlib import Path
from tovec.training.run_folder import train_into
from tovec.progress import Stage

def wait(event):
    if isinstance(event, Stage) and event.name == "reading" and not event.done:
        print("reading", flush=True)
        sys.stdin.readline()

train_into(Path(sys.argv[2]), [Path(sys.argv[1])], reporter=wait, dim=4, min_count=1, sample=0)
"""


@pytest.fixture
def running(text, tmp_path):
    """A run in another process, in `out`, that waits for a line."""
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, text, tmp_path / "out"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert run.stdout.readline() == b"reading\n"
    yield run
    run.kill()
    run.communicate()


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_run_in_a_folder_in_use_is_refused_and_names_the_first(text, tmp_path, running, resume):
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    with pytest.raises(CannotSave, match=rf"a training run is still going there \(process {running.pid} on "):
        train_into(tmp_path / "out", [text], resume=resume, **SMALL)
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    running.communicate(b"\n")
    assert running.returncode == 0 and tovec.open(tmp_path / "out").dim == 4


def test_saving_into_the_folder_of_a_run_is_refused(tmp_path, running):
    made = tovec.Embedding.random(["a", "b"], 2)
    with pytest.raises(CannotSave, match=r"a training run is still going there"):
        made.save(tmp_path / "out")
    running.communicate(b"\n")
    assert running.returncode == 0 and tovec.open(tmp_path / "out").dim == 4


def test_second_run_with_the_same_work_folder_is_refused(text, tmp_path):
    refused = []

    def second(event):
        if isinstance(event, Stage) and event.name == "reading":
            with pytest.raises(CannotSave, match=rf"run goes on in there \(process {os.getpid()} on "):
                tovec.train([text], work=tmp_path / "work", **SMALL)
            refused.append(True)

    tovec.train([text], work=tmp_path / "work", reporter=second, **SMALL)
    assert refused
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["ids.i32", "offsets.i64"]
    tovec.train([text], work=tmp_path / "work", **SMALL)


def test_the_lock_of_a_killed_run_is_gone(text, tmp_path, running):
    running.kill()
    running.wait()
    train_into(tmp_path / "out", [text], **SMALL)
    assert tovec.open(tmp_path / "out").dim == 4 and not (tmp_path / "out/work").exists()


FORKS = """
import os, sys
from pathlib import Path
from tovec.storage import work_folder
with work_folder.held(Path(sys.argv[1])):
    if os.fork():
        os._exit(9)
    print(os.getpid(), flush=True)
    sys.stdin.readline()
    os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_what_a_run_has_forked_does_not_hold_its_lock(tmp_path):
    run = subprocess.Popen(
        [sys.executable, "-c", FORKS, tmp_path / "out"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert run.stdout.readline().strip().isdigit() and run.wait() == 9
    with work_folder.held(tmp_path / "out"):  # while the child lives
        pass
    run.communicate(b"\n")


def test_run_killed_before_its_marker_does_not_block_the_next_one(text, tmp_path):
    out = tmp_path / "out"
    (out / "work").mkdir(parents=True)
    train_into(out, [text], **SMALL)
    assert not (out / "work").exists()


def test_a_users_snapshots_in_a_work_are_not_a_run(text, tmp_path):
    out = tmp_path / "out"
    (out / "work/snapshots").mkdir(parents=True)
    (out / "work/snapshots/mine.txt").write_text("mine")
    with pytest.raises(CannotSave, match=r"it holds 'work'"):
        train_into(out, [text], **SMALL)
    assert (out / "work/snapshots/mine.txt").read_text() == "mine"


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
@pytest.mark.parametrize("name", ["ids.i32", "offsets.i64", ".checkpoint.safetensors", "snapshots"])
@pytest.mark.filterwarnings("ignore:the snapshot at:tovec.TovecWarning")
def test_pipe_or_link_with_the_name_of_a_work_file_is_not_written_into(text, tmp_path, name, kind, resume):
    """Nor waited for, as for who writes into a pipe: it is replaced, or refused by its name."""
    thesis, out = tmp_path / "thesis", tmp_path / "out"
    thesis.write_text("thesis")
    (out / "work").mkdir(parents=True)
    (out / "work/.tovec-run").touch()
    path = out / "work" / name
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "link": lambda: path.symlink_to(thesis)}[kind]()
    if kind == "folder" and name != "snapshots":
        with pytest.raises(CannotSave, match=f"cannot write .*{name}: "):
            train_into(out, [text], resume=resume, checkpoint_every=0.5, snapshots=1, **SMALL)
    else:
        train_into(out, [text], resume=resume, checkpoint_every=0.5, snapshots=1, **SMALL)
        assert tovec.open(out).provenance["epochs"] == 2
    assert thesis.read_text() == "thesis"
