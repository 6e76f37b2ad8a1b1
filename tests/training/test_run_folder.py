"""Runs as a user sees them: a folder that exists, goes on, or does nothing; run_folder.py and request.py."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner

import tovec
from tovec.cli import cli
from tovec.errors import BadCheckpoint
from tovec.storage import work_folder
from tovec.training.events import Trained
from tovec.training.run_folder import train_into

WORDS = [f"w{number}" for number in range(300)]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "text.txt"
    rng = np.random.default_rng(0)
    lines = (" ".join(WORDS[i] for i in rng.zipf(1.3, size=12) % 300) for _ in range(40_000))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def command(corpus, out, *options):
    settings = ["--dim", "40", "--epochs", "12", "--seed", "2", "--checkpoint-every", "0.2"]
    return [sys.executable, "-m", "tovec", "train", str(corpus), "--out", str(out), *settings, *options]


def run(*arguments):
    return CliRunner().invoke(cli, arguments)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def wait_for_a_checkpoint(process, out):
    deadline = time.monotonic() + 60
    while not (out / "work" / "checkpoint.safetensors").exists():
        assert process.poll() is None, "it ended before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.slow
def test_kill_9_and_resume_give_the_files_of_a_run_that_never_stopped(corpus, tmp_path):
    """Killed again and again, at moments of chance, each time with another number of threads."""
    whole, out = tmp_path / "whole", tmp_path / "out"
    subprocess.run(command(corpus, whole, "--deterministic"), check=True, capture_output=True)
    rng, kills = np.random.default_rng(5), 0
    for threads in (1, 2, 1, 2):
        options = ["--deterministic", "--resume", "--threads", str(threads)]
        process = subprocess.Popen(
            command(corpus, out, *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_a_checkpoint(process, out)
        time.sleep(rng.uniform(0, 0.4))
        kills += process.poll() is None
        process.kill()
        process.wait()
    assert kills
    subprocess.run(command(corpus, out, "--deterministic", "--resume"), check=True, capture_output=True)
    assert files(out) == files(whole)
    assert not (out / "work").exists()


@pytest.mark.slow
def test_ctrl_c_saves_what_has_been_learned_and_the_run_can_go_on(corpus, tmp_path):
    whole, out = tmp_path / "whole", tmp_path / "out"
    subprocess.run(command(corpus, whole, "--threads", "1"), check=True, capture_output=True)
    process = subprocess.Popen(
        command(corpus, out, "--threads", "1"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    wait_for_a_checkpoint(process, out)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "keeping what has been learned" in told and "tovec train … --resume" in told
    assert tovec.open(out).provenance["interrupted"]
    subprocess.run(command(corpus, out, "--threads", "1", "--resume"), check=True, capture_output=True)
    assert files(out) == files(whole)


SMALL = {"dim": 16, "epochs": 2, "threads": 1}


def test_a_finished_run_does_nothing(corpus, tmp_path):
    out = tmp_path / "out"
    assert not train_into(out, [corpus], resume=True, **SMALL).was_finished
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    assert train_into(out, [corpus], resume=True, **SMALL).was_finished
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 3}, "was made with seed 0, not 3; give the same, or train without `resume`"),
        ({"epochs": 3}, "was made with epochs 2, not 3"),
        ({"tokenizer": "whitespace"}, "was made with tokenizer 'words', not 'whitespace'"),
        (
            {"continue_from": tovec.Embedding(["w0"], np.ones((1, 16)))},
            "was continued from another embedding",
        ),
    ],
)
def test_a_finished_run_of_other_settings_is_refused(corpus, tmp_path, change, told):
    out = tmp_path / "out"
    train_into(out, [corpus], **SMALL)
    before = files(out)
    with pytest.raises(BadCheckpoint, match=told):
        train_into(out, [corpus], resume=True, **{**SMALL, **change})
    assert files(out) == before
    assert train_into(out, [corpus], resume=True, **{**SMALL, "threads": 2}).was_finished  # not a setting


def test_a_finished_run_of_another_text_is_refused(tmp_path):
    text, out = tmp_path / "text.txt", tmp_path / "out"
    text.write_text("the cat sat\n" * 50, encoding="utf-8")
    options = [
        "train",
        str(text),
        "--out",
        str(out),
        "--dim",
        "4",
        "--epochs",
        "1",
        "--sample",
        "0",
        "--resume",
    ]
    assert "saved 3 × 4" in run(*options).output
    assert f"the run in {out} is finished; nothing to do" in run(*options).output
    text.write_text("the cat sat\n" * 49 + "the cat ran\n", encoding="utf-8")
    before = files(out)
    result = run(*options)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {out} was made from other text: an input has changed since; ")
    assert files(out) == before


def test_a_continued_run_that_has_ended_does_nothing(corpus, tmp_path):
    old = train_into(tmp_path / "old", [corpus], **SMALL).embedding
    out = tmp_path / "out"
    train_into(out, [corpus], continue_from=tovec.open(tmp_path / "old"), **SMALL)
    assert train_into(out, [corpus], resume=True, continue_from=old, **SMALL).was_finished
    with pytest.raises(BadCheckpoint, match="was continued from another embedding"):
        train_into(out, [corpus], resume=True, **SMALL)


def test_other_vectors_of_the_same_tokens_are_another_embedding_to_continue_from(corpus, tmp_path):
    """Files of vectors say their name alone, and two of one name lie in two folders."""
    out, settings = tmp_path / "out", {**SMALL, "dim": 4}
    one, other = (tovec.Embedding.random(["w0", "w1"], 4, seed) for seed in (0, 1))
    train_into(out, [corpus], continue_from=one, **settings)
    other.provenance = dict(one.provenance)
    assert train_into(out, [corpus], resume=True, continue_from=one, **settings).was_finished
    with pytest.raises(BadCheckpoint, match="was continued from another embedding; give the same"):
        train_into(out, [corpus], resume=True, continue_from=other, **settings)


def test_resume_does_not_take_a_folder_for_a_run_that_has_made_none(corpus, tmp_path):
    out = tovec.Embedding.random(["a", "b"], 16).save(tmp_path / "out")
    with pytest.raises(
        BadCheckpoint, match="does not say which run and text it was made by; train without `resume`"
    ):
        train_into(out, [corpus], resume=True, **SMALL)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("interrupted", "yes", "does not say whether its run was interrupted, but 'yes', of type str"),
        ("interrupted", 1, "does not say whether its run was interrupted, but 1, of type int"),
        ("interrupted", None, "does not say whether its run was interrupted, but None"),
        ("settings", [7], "does not say which run and text it was made by"),
        ("settings", {"dim": [1] * 9999}, r"was made with .*…?, not "),
        ("text_digest", {"a": 1}, "was made from other text"),
    ],
)
def test_a_saved_run_of_odd_fields_is_refused_and_not_overwritten(corpus, tmp_path, field, value, told):
    out = tmp_path / "out"
    made = tovec.Embedding.random(["w0", "w1"], 16)
    made.provenance = {**train_into(out, [corpus], **SMALL).embedding.provenance, field: value}
    made.save(out)
    before = files(out)
    with pytest.raises(BadCheckpoint, match=told) as error:
        train_into(out, [corpus], resume=True, **SMALL)
    assert files(out) == before and len(str(error.value)) < 500


def test_a_run_that_was_interrupted_and_has_no_checkpoint_starts_again(corpus, tmp_path):
    out = tmp_path / "out"
    ended = train_into(out, [corpus], **SMALL).embedding
    ended.provenance["interrupted"] = True
    ended.save(out)
    assert not train_into(out, [corpus], resume=True, **SMALL).was_finished
    assert not tovec.open(out).provenance["interrupted"]


def test_a_run_over_a_finished_one_that_ended_before_its_first_checkpoint_starts_again(corpus, tmp_path):
    out = tmp_path / "out"
    train_into(out, [corpus], **SMALL)
    with work_folder.held(out) as work:  # all that kill -9 leaves of it: what it has read
        (work / "ids.i32").write_bytes(b"\0" * 12)
    again = train_into(out, [corpus], resume=True, **{**SMALL, "seed": 3})
    assert not again.was_finished
    assert tovec.open(out).provenance["settings"]["seed"] == 3
    assert not (out / "work").exists()


@pytest.mark.slow
def test_kill_9_while_it_is_saved_leaves_what_was_or_what_is(corpus, tmp_path):
    """A checkpoint at each hundredth of an epoch, so that chance often hits one that is being written."""
    out, rng = tmp_path / "out", np.random.default_rng(11)
    options = ["--deterministic", "--resume", "--snapshots", "30", "--checkpoint-every", "0.02"]
    subprocess.run(
        [*command(corpus, out, "--deterministic"), "--epochs", "1"], check=True, capture_output=True
    )
    before = files(out)
    for _ in range(5):
        process = subprocess.Popen(
            [*command(corpus, out), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        (out / "work").mkdir(exist_ok=True)
        wait_for_a_checkpoint(process, out)
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        process.wait()
        assert files(out) == before  # the finished run before it is whole as long as the new one is not
        assert tovec.open(out).provenance["epochs"] == 1
    subprocess.run([*command(corpus, out), *options], check=True, capture_output=True)
    assert tovec.open(out).provenance["epochs"] == 12
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_snapshots_are_embeddings_and_the_last_is_the_result(corpus, tmp_path):
    out = tmp_path / "out"
    result = train_into(out, [corpus], snapshots=4, **SMALL).embedding
    names = sorted(path.name for path in (out / "snapshots").iterdir())
    n_ids = result.provenance["tokens_in_vocabulary"]
    assert names[0] == "000000000000.safetensors" and names[-1] == f"{2 * n_ids:012}.safetensors"
    opened = [tovec.open(out / "snapshots" / name) for name in names]
    np.testing.assert_array_equal(opened[-1][:], result.vectors.astype(np.float16))
    assert not np.array_equal(opened[0][:], opened[1][:])
    assert opened[0].vocabulary.counts.tolist() == result.vocabulary.counts.tolist()


def test_continuing_keeps_ids_and_appends_new_words(corpus, tmp_path):
    old = train_into(tmp_path / "old", [corpus], **SMALL).embedding
    new_text = tmp_path / "new.txt"
    new_text.write_text("w0 brand new w1 words\n" * 50, encoding="utf-8")
    run = train_into(tmp_path / "new", [new_text], continue_from=tovec.open(tmp_path / "old"), **SMALL)
    new = tovec.open(tmp_path / "new")
    assert new.vocabulary.tokens[: len(old)] == old.vocabulary.tokens
    assert set(new.vocabulary.tokens[len(old) :]) == {"brand", "new", "words"}
    np.testing.assert_array_equal(new.vectors, run.embedding.vectors)
    untouched = [t for t in old.vocabulary.tokens if t not in ("w0", "w1")]
    np.testing.assert_array_equal(new[untouched], old[untouched])
    assert not np.array_equal(new["w0"], old["w0"])
    counts = dict(zip(new.vocabulary.tokens, new.vocabulary.counts, strict=True))
    assert counts["w0"] == old.vocabulary.counts[old.vocabulary.id("w0")] + 50


def test_continuing_keeps_the_token_for_unknown_ones(corpus):
    settings = {**SMALL, "min_count": 1, "sample": 0}
    old = tovec.train(["the cat sat"] * 9, unknown="<unk>", **settings)
    assert tovec.train(["the dog sat"] * 9, continue_from=old, **settings).vocabulary.unknown == "<unk>"
    other = tovec.train(["the dog sat"] * 9, continue_from=old, unknown="cat", **settings)
    assert other.vocabulary.unknown == "cat"
    assert other.vocabulary.tokens == (*old.vocabulary.tokens, "dog")


def test_continuing_from_float16_without_counts_or_outputs_goes_on_from_what_is_there(corpus):
    old = tovec.Embedding(["w0", "w1", "other"], np.eye(3, 16, dtype=np.float16))
    new = tovec.train(corpus, continue_from=old, **SMALL)
    assert new.vectors.dtype == np.float32
    assert new["other"].tolist() == old["other"].tolist()
    assert new.vocabulary.counts[2] == 0


def test_continuing_takes_the_length_of_the_vectors_where_none_is_named():
    settings = {"min_count": 1, "epochs": 1, "sample": 0}
    old = tovec.Embedding(["the", "cat"], np.eye(2, 7, dtype=np.float32))
    assert tovec.train(["the cat sat"] * 9, continue_from=old, **settings).dim == 7


def test_continuing_into_the_folder_it_continues_from(corpus, tmp_path):
    out = tmp_path / "out"
    train_into(out, [corpus], **SMALL)
    once = tovec.open(out).vocabulary.counts
    train_into(out, [corpus], continue_from=tovec.open(out), **SMALL)
    np.testing.assert_array_equal(tovec.open(out).vocabulary.counts, 2 * once)


@pytest.mark.parametrize("is_source", [True, False])
def test_an_interrupted_run_keeps_a_checkpoint_where_its_source_is_still_there(corpus, tmp_path, is_source):
    source, out = tmp_path / "source", tmp_path / ("source" if is_source else "out")
    train_into(source, [corpus], **SMALL)

    def press(event):
        if isinstance(event, Trained) and event.progress.done:
            raise KeyboardInterrupt

    settings = {"continue_from": tovec.open(source), "epochs": 200, "checkpoint_every": 1, "threads": 1}
    run = train_into(out, [corpus], reporter=press, **settings)
    assert run.embedding.provenance["interrupted"]
    assert (out / "work/checkpoint.safetensors").exists() == (not is_source)
    settings |= {"continue_from": tovec.open(source), "epochs": 1 if is_source else 200}
    reporter = None if is_source else press
    again = train_into(out, [corpus], resume=not is_source, reporter=reporter, **settings)
    assert again.embedding.provenance["epochs"] > 0


def test_continuing_goes_on_from_the_output_vectors_too(corpus, tmp_path):
    """With them the loss begins where it was; from zero it begins at log 2 a pair and noise token."""
    old = train_into(tmp_path / "old", [corpus], **SMALL).embedding
    assert tovec.open(tmp_path / "old").outputs.shape == (len(old), 16)
    how = {**SMALL, "learning_rate": 1e-6, "sample": 1e-3}  # few tokens are their own noise
    goes_on = tovec.train(corpus, continue_from=old, **how)
    without = tovec.Embedding(old.vocabulary, old.vectors, old.tokenizer)
    anew = tovec.train(corpus, continue_from=without, **how)
    assert anew.provenance["losses"][0] == pytest.approx(6 * np.log(2), rel=0.02)
    assert goes_on.provenance["losses"][0] < anew.provenance["losses"][0] - 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dim": 17}, "dim must be 16, that of the embedding to continue from, not 17"),
        ({"objective": "glove"}, "glove goes on from context vectors and biases"),
    ],
)
def test_embedding_that_cannot_be_continued_is_refused_with_the_reason(corpus, tmp_path, settings, message):
    old = tovec.train(corpus, **SMALL)
    with pytest.raises(tovec.TovecError, match=message):
        tovec.train(corpus, continue_from=old, **{**SMALL, **settings})


@pytest.mark.parametrize(("dim", "more"), [(5, (2,)), (300, (2, 4))])
def test_deterministic_runs_give_equal_files_on_any_number_of_threads(corpus, tmp_path, dim, more):
    text = corpus.read_text(encoding="utf-8").splitlines()[:6000]
    settings = {"dim": dim, "epochs": 1, "deterministic": True, "validation": text}
    for threads in (1, *more):
        train_into(tmp_path / str(threads), text, threads=threads, **settings)
    for threads in more:
        assert files(tmp_path / str(threads)) == files(tmp_path / "1")


def test_a_failed_run_leaves_nothing(corpus, tmp_path):
    with pytest.raises(tovec.TovecError, match="training diverged"):
        train_into(tmp_path / "out", [corpus], learning_rate=1e12, **SMALL)
    assert not (tmp_path / "out").exists()


def test_too_little_memory_is_reported_before_the_run(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("tovec.training.resources.available_bytes", lambda: 1000)
    with pytest.raises(tovec.TovecError, match=r"training needs .* MB of memory and 0 MB are free"):
        train_into(tmp_path / "out", [corpus], **SMALL)
