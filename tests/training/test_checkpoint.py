import numpy as np
import pytest
from texts import planted

import tovec
from tovec.errors import BadCheckpoint
from tovec.training.checkpoint import NAME, read_checkpoint, write_checkpoint
from tovec.training.schedule import Position

SMALL = {"dim": 20, "min_count": 1, "epochs": 2, "seed": 3}
OBJECTIVES = ["skip-gram", "cbow", "position-weighted-cbow", "glove"]


def arrays(value=0.0):
    return {"inputs": np.full(6, value, np.float32), "outputs": np.full(4, value, np.float32)}


def test_what_is_written_is_read_again(tmp_path):
    position = Position(7, 5, [[1 / 3, 2.0], [0.1, 7.0]], [0.7], interrupted=False)
    write_checkpoint(tmp_path, arrays(1.5), position, {"dim": 3}, "abc")
    into = arrays()
    assert read_checkpoint(tmp_path, into, {"dim": 3}, "abc") == position
    assert all((array == 1.5).all() for array in into.values())
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_no_checkpoint_means_start(tmp_path):
    assert read_checkpoint(tmp_path, arrays(), {}, "") is None


@pytest.mark.parametrize(
    ("settings", "digest", "message"),
    [
        ({"dim": 4}, "abc", "was made with dim 3, not 4"),
        ({"dim": 3, "window": 2}, "abc", "was made with window None, not 2"),
        ({"dim": 3}, "abd", "an input has changed since"),
    ],
)
def test_other_settings_and_other_text_are_refused(tmp_path, settings, digest, message):
    write_checkpoint(tmp_path, arrays(), Position(1, 1, [[0.0, 0.0]]), {"dim": 3}, "abc")
    with pytest.raises(BadCheckpoint, match=message):
        read_checkpoint(tmp_path, arrays(), settings, digest)


@pytest.mark.parametrize("keep", [0, 3, 8, 100, -1])
def test_a_damaged_checkpoint_is_one_line(tmp_path, keep):
    write_checkpoint(tmp_path, arrays(), Position(1, 1, [[0.0, 0.0]]), {}, "")
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole[:keep])
    with pytest.raises(BadCheckpoint, match="is damaged") as error:
        read_checkpoint(tmp_path, arrays(), {}, "")
    assert "\n" not in str(error.value)


class Killed(Exception):
    pass


def killed_after(n):
    """An `on_epoch` that ends the run like a crash."""

    def on_epoch(embedding, progress):
        if progress.epoch >= n:
            raise Killed

    return on_epoch


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("deterministic", [False, True])
def test_a_run_that_goes_on_gives_the_bytes_of_one_that_never_stopped(tmp_path, objective, deterministic):
    settings = {**SMALL, "objective": objective, "deterministic": deterministic, "threads": 1}
    whole = tovec.train(planted(), **settings)
    work = tmp_path / "work"
    with pytest.raises(Killed):
        tovec.train(planted(), work=work, checkpoint_every=0.4, on_epoch=killed_after(1), **settings)
    if deterministic:
        settings["threads"] = 2
    told = []
    resumed = tovec.train(
        planted(),
        work=work,
        resume=True,
        on_epoch=lambda embedding, progress: told.append(progress.epoch),
        **settings,
    )
    assert told == [1.0, 2.0]  # the last checkpoint was before the end of the first epoch
    assert resumed.vectors.tobytes() == whole.vectors.tobytes()
    assert resumed.provenance == whole.provenance


def test_other_vectors_to_continue_from_are_refused(tmp_path):
    settings = {**SMALL, "threads": 1, "work": tmp_path / "work"}
    one, other = (tovec.Embedding.random(["g0w0", "g1w1"], SMALL["dim"], seed) for seed in (0, 1))
    with pytest.raises(Killed):
        tovec.train(planted(), checkpoint_every=0.5, on_epoch=killed_after(1), continue_from=one, **settings)
    with pytest.raises(BadCheckpoint, match="was continued from another embedding"):
        tovec.train(planted(), resume=True, continue_from=other, **settings)
    tovec.train(planted(), resume=True, continue_from=one, **settings)


def test_a_changed_text_is_refused(tmp_path):
    settings = {**SMALL, "threads": 1, "work": tmp_path / "work"}
    with pytest.raises(Killed):
        tovec.train(planted(), checkpoint_every=0.5, on_epoch=killed_after(1), **settings)
    with pytest.raises(BadCheckpoint, match="an input has changed since"):
        tovec.train([*planted()[:-1], "g0w0 g1w1"], resume=True, **settings)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_run_that_has_ended_does_nothing_more_and_is_checked_all_the_same(tmp_path, objective):
    settings = {**SMALL, "objective": objective, "threads": 1, "work": str(tmp_path / "work")}
    ended = tovec.train(planted(), checkpoint_every=0.4, **settings)
    told = []
    again = tovec.train(
        planted(), resume=True, on_epoch=lambda embedding, progress: told.append(progress), **settings
    )
    assert told == []
    assert again.vectors.tobytes() == ended.vectors.tobytes()
    assert again.provenance == ended.provenance
    with pytest.raises(BadCheckpoint, match="was made with seed 3, not 9"):
        tovec.train(planted(), resume=True, **{**settings, "seed": 9})
    with pytest.raises(BadCheckpoint, match="an input has changed since"):
        tovec.train([*planted()[:-1], "g0w0 g1w1"], resume=True, **settings)


def test_checkpoints_need_a_folder():
    with pytest.raises(tovec.TovecError, match="checkpoints need a folder of their own"):
        tovec.train(planted(10), checkpoint_every=1, **SMALL)


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        ({"checkpoint_every": 0}, "checkpoint_every must be a number of epochs above 0, not 0"),
        ({"checkpoint_every": float("nan")}, "checkpoint_every must be a number of epochs above 0, not nan"),
        ({"snapshots": -1}, "snapshots must be a whole number from 0 up, not -1"),
    ],
)
def test_moments_outside_their_range_are_refused(tmp_path, moment, message):
    with pytest.raises(tovec.TovecError, match=message):
        tovec.train(planted(10), work=tmp_path, **moment, **SMALL)


def test_an_epoch_that_sampling_left_empty_does_not_end_the_run():
    texts = ["a few words to train on"] * 10
    embedding = tovec.train(texts, min_count=1, dim=4, epochs=30, sample=0.05, threads=1)
    losses = embedding.provenance["losses"]
    assert len(losses) == 30
    with pytest.raises(tovec.TovecError, match="sampling left no token a context"):
        tovec.train(texts, min_count=1, dim=4, epochs=2, sample=1e-9, threads=1)
