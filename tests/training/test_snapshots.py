"""Snapshots of runs: which tokens, at what moments, and what is left when a run ends in another way."""

import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from needs import needs
from texts import planted

import tovec
from tovec.errors import NoSpace, TovecWarning, UnknownToken
from tovec.formats.saved.tensor_file import SameTokens
from tovec.timeline import moment_writer
from tovec.training import negative_sampling, windows
from tovec.training.events import Trained
from tovec.training.run_folder import train_into
from tovec.training.snapshots import kept_ids

SMALL = {"dim": 20, "min_count": 1, "epochs": 2, "seed": 3, "threads": 1}
OBJECTIVES = [
    {},
    {"objective": "cbow"},
    {"objective": "position-weighted-cbow"},
    {"objective": "skip-gram", "ngrams": "characters"},
    {"objective": "cbow", "ngrams": "characters"},
    {"objective": "position-weighted-cbow", "ngrams": "characters"},
    {"objective": "glove"},
    {"phrases": 1, "phrase_threshold": 1.0},
    {"deterministic": True},
    {"deterministic": True, "dim": 100, "ngrams": "characters"},
]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("settings", OBJECTIVES, ids=str)
def test_rows_of_some_tokens_are_those_of_the_vectors(settings, monkeypatch):
    """While the run goes on, its threads at rest, and where some tokens never occur."""
    seen = []

    def look(objective, embedding):
        ids = np.array([4, 1, len(embedding) - 1, 0], dtype=np.int32)
        np.testing.assert_allclose(objective.rows_of(ids), embedding.vectors[ids], rtol=2e-6, atol=1e-7)
        seen.append(np.abs(embedding.vectors).sum())

    from tovec.training.run import RunEvents

    snapshot = RunEvents.snapshot

    def compare(events, position):
        snapshot(events, position)
        look(events._result.objective, events._result.embedding(position))

    monkeypatch.setattr(RunEvents, "snapshot", compare)
    given = {**SMALL, **settings, **({} if "continue_from" in settings else {"special_tokens": ["never"]})}
    tovec.train(planted(300), snapshots=3, on_snapshot=lambda embedding, progress: None, **given)
    assert len(seen) >= 3 and len(set(seen)) == len(seen)


def test_rows_of_a_run_that_continues_are_those_of_its_vectors(monkeypatch):
    old = tovec.train(planted(100), ngrams="characters", **SMALL)
    test_rows_of_some_tokens_are_those_of_the_vectors({"continue_from": old}, monkeypatch)


@pytest.mark.parametrize("settings", OBJECTIVES, ids=str)
def test_equal_seeds_give_equal_snapshots_whose_last_is_the_result(tmp_path, settings):
    given = {**SMALL, **settings}
    for name in ("one", "other"):
        if "deterministic" in settings:
            given["threads"] = {"one": 1, "other": 2}[name]
        train_into(tmp_path / name, planted(400), snapshots=6, **given)
    one, other = files(tmp_path / "one/snapshots"), files(tmp_path / "other/snapshots")
    assert one == other and len(set(one.values())) == len(one) >= 3
    timeline, result = tovec.open_timeline(tmp_path / "one"), tovec.open(tmp_path / "one")
    np.testing.assert_allclose(timeline[-1][:], result[:].astype(np.float16), rtol=1e-3)
    assert timeline.tokens == result.vocabulary.tokens


def test_a_snapshot_is_what_training_stopped_there_would_have(tmp_path):
    """Also between two stops of the threads, where they are taken in passing."""
    stopped = {}

    def note(embedding, progress):
        stopped[progress.done] = embedding.vectors.astype(np.float16)

    train_into(tmp_path / "out", planted(3000), snapshots=8, **SMALL)
    tovec.train(planted(3000), snapshots=8, on_snapshot=note, **SMALL)
    in_passing = [each[:] for each in tovec.open_timeline(tmp_path / "out")]
    assert len(stopped) == len(in_passing) == 8
    for at_rest, rows in zip(stopped.values(), in_passing, strict=True):
        np.testing.assert_array_equal(at_rest, rows)


def test_another_library_reads_a_snapshot_and_its_numbers_are_rounded_to_the_nearest(tmp_path):
    path = tmp_path / "out/snapshots"
    train_into(tmp_path / "out", planted(300), snapshots=2, validation=planted(30), **SMALL)
    result = tovec.open(tmp_path / "out")
    n_ids = result.provenance["tokens_in_vocabulary"]
    with needs("safetensors").safe_open(path / f"{2 * n_ids:012}.safetensors", "np") as file:
        rows, metadata = file.get_tensor("embeddings"), file.metadata()
    assert rows.dtype == np.float16
    error = np.abs(rows.astype(np.float64) - result[:])
    spacing = np.spacing(np.abs(rows)).astype(np.float64)
    assert (error <= spacing / 2).all() and error.any()
    assert json.loads(metadata["tokens"]) == list(result.vocabulary.tokens)
    assert json.loads(metadata["counts"]) == result.vocabulary.counts.tolist()
    moment = json.loads(metadata["moment"])
    assert moment.pop("validation_loss") == result.provenance["validation_losses"][-1]
    assert moment.pop("loss") == pytest.approx(np.mean(result.provenance["losses"]), rel=0.05)
    total, n = moment.pop("losses")
    assert total / n == pytest.approx(np.mean(result.provenance["losses"]), rel=0.05)
    assert moment == {"progress": 2 * n_ids, "unit": "ids", "total": 2 * n_ids, "epoch": 2.0}


def test_snapshots_have_the_most_frequent_tokens_and_those_that_are_named(tmp_path):
    result = train_into(
        tmp_path / "out", planted(300), snapshots=2, snapshot_tokens=3, more_snapshot_tokens=["g1w3"], **SMALL
    ).embedding
    timeline = tovec.open_timeline(tmp_path / "out")
    counts = dict(zip(result.vocabulary.tokens, result.vocabulary.counts.tolist(), strict=True))
    assert list(timeline.tokens) == [*sorted(counts, key=lambda token: -counts[token])[:3], "g1w3"]
    assert timeline.vocabulary.counts.tolist() == [counts[token] for token in timeline.tokens]
    np.testing.assert_array_equal(timeline[-1]["g1w3"], result["g1w3"].astype(np.float16))


def test_the_most_frequent_are_chosen_by_counts_and_keep_the_order_of_ids():
    vocabulary = tovec.Vocabulary(["<s>", "a", "b", "c"], [0, 7, 9, 7])
    assert kept_ids(vocabulary, 2).tolist() == [1, 2]
    assert kept_ids(vocabulary, 2, ["<s>", "b"]).tolist() == [0, 1, 2]
    assert kept_ids(vocabulary, 0).tolist() == kept_ids(vocabulary, 9).tolist() == [0, 1, 2, 3]


def test_an_unknown_token_is_refused_before_training(tmp_path):
    with pytest.raises(UnknownToken, match="token 'g9w9' is not in the vocabulary"):
        train_into(tmp_path / "out", planted(), snapshots=2, more_snapshot_tokens=["g9w9"], **SMALL)
    assert not (tmp_path / "out").exists()


def test_snapshots_without_a_place_are_refused():
    with pytest.raises(tovec.TovecError, match="snapshots need a folder: give `work`, a path, or"):
        tovec.train(planted(), snapshots=3, **SMALL)


def test_snapshots_of_a_run_in_python_lie_in_its_work_folder_and_are_saved_with_the_result(tmp_path):
    embedding = tovec.train(planted(), work=tmp_path / "work", snapshots=3, **SMALL)
    assert len(tovec.open_timeline(tmp_path / "work")) == 3
    tovec.save(embedding, tmp_path / "film", snapshots=tmp_path / "work/snapshots")
    assert len(tovec.open_timeline(tmp_path / "film")) == 3
    tovec.train(planted(), work=tmp_path / "work", snapshots=2, **SMALL)  # of the earlier run none is left
    assert len(tovec.open_timeline(tmp_path / "work")) == 2


def press_at(epoch):
    """Return a reporter that presses Ctrl+C there."""

    def report(event):
        if isinstance(event, Trained) and event.progress.epoch >= epoch:
            raise KeyboardInterrupt

    return report


def test_an_interrupted_run_has_its_snapshots_and_one_of_where_it_was(tmp_path):
    out = tmp_path / "out"
    given = {**SMALL, "epochs": 100_000, "snapshots": 5, "checkpoint_every": 1}
    run = train_into(out, planted(), reporter=press_at(1), **given)
    timeline = tovec.open_timeline(out)
    assert run.embedding.provenance["interrupted"]
    assert timeline.moments[0].progress == 0
    assert timeline.moments[-1].epoch == run.embedding.provenance["epochs"]
    np.testing.assert_array_equal(timeline[-1][:], run.embedding.vectors.astype(np.float16))


def test_a_resumed_run_keeps_its_snapshots_and_goes_on(tmp_path):
    given = {**SMALL, "epochs": 12, "snapshots": 9, "checkpoint_every": 1}
    train_into(tmp_path / "whole", planted(), **given)
    before = None

    def stop(event):
        if isinstance(event, Trained) and event.progress.epoch >= 5:
            raise RuntimeError("the machine is off")

    with pytest.raises(RuntimeError):
        train_into(tmp_path / "out", planted(), reporter=stop, **given)
    kept = tmp_path / "out/work/snapshots"
    before = files(kept)
    (kept / "000000999999.safetensors").write_bytes(b"of a later moment, which this run never came to")
    (kept / ".000000000000.safetensors.tmp-tovec-0123abcd").write_bytes(b"killed while it was written")
    run = train_into(tmp_path / "out", planted(), resume=True, **given)
    whole, out = files(tmp_path / "whole/snapshots"), files(tmp_path / "out/snapshots")
    assert run.embedding.provenance["epochs"] == 12
    assert set(out) == set(whole) and 0 < len(before) < len(whole)
    assert {name: out[name] for name in before} == before
    assert list(tovec.open_timeline(tmp_path / "out").moments)[-1].progress == max(map(progress, whole))


def progress(name):
    return int(name.split(".")[0])


def test_a_continued_run_has_a_timeline_of_its_own_that_begins_with_the_old_table(tmp_path):
    old = train_into(tmp_path / "old", planted(), snapshots=3, **SMALL).embedding
    train_into(tmp_path / "new", planted(100), continue_from=old, snapshots=3, **SMALL)
    timeline = tovec.open_timeline(tmp_path / "new")
    assert len(timeline) == 3 and timeline.moments[0].progress == 0
    np.testing.assert_array_equal(timeline[0][:], old.vectors.astype(np.float16))


def test_a_new_run_leaves_none_of_the_snapshots_before_it(tmp_path):
    train_into(tmp_path / "out", planted(), snapshots=5, **SMALL)
    train_into(tmp_path / "out", planted(), **SMALL)
    assert not (tmp_path / "out/snapshots").exists()


def test_the_files_of_snapshots_are_not_copied_into_the_result(tmp_path, monkeypatch):
    seen = {}
    save = SameTokens.save

    def note(files, vectors, path, more):
        save(files, vectors, path, more)
        seen[path.name] = path.stat().st_ino

    monkeypatch.setattr(SameTokens, "save", note)
    train_into(tmp_path / "out", planted(), snapshots=3, **SMALL)
    assert {path.name: path.stat().st_ino for path in (tmp_path / "out/snapshots").iterdir()} == seen


@pytest.mark.skipif(not hasattr(os, "link"), reason="no links here")
def test_they_are_copied_where_the_disk_has_no_links(tmp_path, monkeypatch):
    def refuses(*arguments):
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuses)
    train_into(tmp_path / "out", planted(), snapshots=3, **SMALL)
    assert len(tovec.open_timeline(tmp_path / "out")) == 3


def test_training_does_not_wait_for_a_slow_disk_but_for_the_last_snapshot(tmp_path, monkeypatch):
    may_write, save = threading.Event(), SameTokens.save

    def slow(*arguments):
        may_write.wait()
        save(*arguments)

    def go_on(event):
        if isinstance(event, Trained) and event.done == event.total:
            may_write.set()

    monkeypatch.setattr(SameTokens, "save", slow)
    monkeypatch.setattr(moment_writer, "WAITING_BYTES", 0)
    with pytest.warns(TovecWarning) as warned:
        train_into(tmp_path / "out", planted(), snapshots=30, reporter=go_on, **{**SMALL, "epochs": 9})
    assert "could not be written: the disk is slower than what makes them" in str(warned[0].message)
    timeline = tovec.open_timeline(tmp_path / "out")
    assert 3 <= len(timeline) < 30
    np.testing.assert_array_equal(timeline[-1][:], tovec.open(tmp_path / "out")[:].astype(np.float16))


def test_a_disk_that_is_full_for_a_while_leaves_those_snapshots_out(tmp_path, monkeypatch):
    save, n = SameTokens.save, iter(range(99))

    def full(*arguments):
        if next(n) in (1, 2):
            raise NoSpace("cannot write x: no space is left on the disk", "x", 1)
        save(*arguments)

    monkeypatch.setattr(SameTokens, "save", full)
    with pytest.warns(TovecWarning) as warned:
        train_into(tmp_path / "out", planted(), snapshots=5, **SMALL)
    assert [str(each.message)[:15] for each in warned] == ["the snapshot at", "2 snapshots wer"]
    assert len(tovec.open_timeline(tmp_path / "out")) == 3


RUN = """
import sys, time
from pathlib import Path
from tovec.formats.saved.tensor_file import SameTokens
from tovec.formats.saved import tensors
from tovec.training.run_folder import train_into

write, n = tensors.write_tensors, [0]
def stuck(file, *rest):
    n[0] += 1
    if n[0] == 4:
        file.write(b"half of it"); file.flush()
        print("writing", flush=True)
        time.sleep(60)
    write(file, *rest)

from tovec.formats.saved import tensor_file
tensor_file.write_tensors = stuck
train_into(Path(sys.argv[2]), [Path(sys.argv[1])], snapshots=20, dim=20, min_count=1, epochs=9, threads=1)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill here")
def test_a_run_killed_while_it_writes_a_snapshot_leaves_the_others(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(planted()))
    run = subprocess.Popen([sys.executable, "-c", RUN, text, tmp_path / "out"], stdout=subprocess.PIPE)
    assert run.stdout.readline() == b"writing\n"
    run.kill()
    run.communicate()
    timeline = tovec.open_timeline(tmp_path / "out")
    assert len(timeline) == 3 and timeline.findings == ()
    train_into(tmp_path / "out", [text], snapshots=3, **SMALL)
    assert len(tovec.open_timeline(tmp_path / "out")) == 3


def test_threads_that_run_freely_give_snapshots_too(tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "MANY_BLOCKS", 500)
    monkeypatch.setattr(windows, "SMALLEST_BLOCK", 100)
    monkeypatch.setattr(negative_sampling, "MIN_BLOCKS", 1)
    train_into(tmp_path / "out", planted(3000), snapshots=20, **{**SMALL, "threads": 3})
    timeline = tovec.open_timeline(tmp_path / "out")
    assert len(timeline) == 20 and timeline.findings == ()
    assert all(np.isfinite(each[:]).all() for each in timeline)
    losses = timeline.losses
    assert np.isnan(losses[0]) and losses[-1] < losses[1]
