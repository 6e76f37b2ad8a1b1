"""Checkpoints: checkpoint.py, and checkpoint_file.py in it."""

import copy
import hashlib
import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from texts import planted

import tovec
from tovec.errors import BadCheckpoint
from tovec.storage.work_folder import CHECKPOINT as NAME
from tovec.training.checkpoint import Checkpoints
from tovec.training.schedule import Position

SMALL = {"dim": 20, "min_count": 1, "epochs": 2, "seed": 3}
OBJECTIVES = ["skip-gram", "cbow", "position-weighted-cbow", "glove"]
EPOCHS, N_STEPS = 2, 5
POSITION = Position(7, N_STEPS, [[1 / 3, 2.0], [0.1, 7.0]], [0.7], interrupted=False)


def arrays(value=0.0):
    return {"inputs": np.full((2, 3), value, np.float32), "outputs": np.full(4, value, np.float32)}


def checkpoints(folder, value=0.0, run_settings=None, digest="abc"):
    return Checkpoints(folder, arrays(value), {"dim": 3} if run_settings is None else run_settings, digest)


def read(folder, into=None, run_settings=None, digest="abc"):
    run = Checkpoints(
        folder,
        arrays() if into is None else into,
        {"dim": 3} if run_settings is None else run_settings,
        digest,
    )
    return run.read(EPOCHS, N_STEPS)


def facts(**fields):
    """What a checkpoint says of its run, some fields of its position or of itself exchanged."""
    made = {
        **{"version": 3, "position": copy.deepcopy(vars(POSITION))},
        **{"settings": {"dim": 3}, "chosen": {"epochs": "600 tokens"}, "digest": "abc"},
    }
    for name, value in fields.items():
        (made if name in made else made["position"])[name] = value
    return made


def forge(folder, run, tensors=None, checksum=None):
    """Write a checkpoint as the official writer of safetensors does, with a checksum that fits."""
    tensors = arrays(1.5) if tensors is None else tensors
    text = run if isinstance(run, str) else json.dumps(run)
    whole = text.encode() + b"".join(tensors[name].tobytes() for name in sorted(tensors))
    save_file(
        tensors, folder / NAME, {"run": text, "checksum": checksum or hashlib.sha256(whole).hexdigest()}
    )


def refused(folder, message, **more):
    """Check that it is refused in one line that names the file, and the arrays are as they were."""
    into = arrays(9.0)
    with pytest.raises(BadCheckpoint, match=message) as error:
        read(folder, into, **more)
    told = str(error.value)
    assert "\n" not in told and told.startswith(str(folder / NAME)) and len(told) < 500
    assert all((array == 9.0).all() for array in into.values())
    return told


def test_a_written_checkpoint_is_read_back(tmp_path):
    checkpoints(tmp_path, 1.5).write(POSITION)
    into = arrays()
    assert read(tmp_path, into) == POSITION
    assert all((array == 1.5).all() for array in into.values())
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_it_is_a_safetensors_file_for_any_reader(tmp_path):
    checkpoints(tmp_path, 1.5).write(POSITION)
    loaded = load_file(tmp_path / NAME)
    assert {name: array.tolist() for name, array in loaded.items()} == {
        name: array.tolist() for name, array in arrays(1.5).items()
    }


def test_a_checkpoint_from_the_official_safetensors_writer_is_read(tmp_path):
    forge(tmp_path, facts())
    into = arrays()
    assert read(tmp_path, into) == POSITION
    assert all((array == 1.5).all() for array in into.values())


def test_no_checkpoint_means_start(tmp_path):
    assert read(tmp_path) is None


@pytest.mark.parametrize(
    ("run_settings", "digest", "message"),
    [
        ({"dim": 4}, "abc", "was made with dim 3, not 4"),
        ({"dim": 3, "window": 2}, "abc", "was made with window None, not 2"),
        ({"dim": 3}, "abd", "an input has changed since"),
    ],
)
def test_other_settings_and_other_text_are_refused(tmp_path, run_settings, digest, message):
    checkpoints(tmp_path).write(POSITION)
    refused(tmp_path, message, run_settings=run_settings, digest=digest)


def test_a_checkpoint_that_no_text_goes_on_from_is_refused_before_the_text_is_read(tmp_path):
    settings = {**SMALL, "threads": 1, "work": tmp_path / "work"}
    tovec.train(planted(), checkpoint_every=1, **settings)

    def texts():
        yield "the first, which says what it is"
        raise AssertionError("read")

    with pytest.raises(BadCheckpoint, match="was made with seed 3, not 9"):
        tovec.train(texts(), resume=True, **{**settings, "seed": 9})


# Checkpoints are input


@pytest.mark.parametrize("keep", [0, 3, 8, 100, -1])
def test_a_truncated_checkpoint_is_refused_as_damaged(tmp_path, keep):
    checkpoints(tmp_path).write(POSITION)
    (tmp_path / NAME).write_bytes((tmp_path / NAME).read_bytes()[:keep])
    refused(tmp_path, "is damaged: .*train without `resume` to start again")


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 4096,
        b"\xff" * 4096,
        b"PK\3\4 a zip",
        (1 << 63).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (2).to_bytes(8, "little") + b"{}",
        (20_000).to_bytes(8, "little") + b"[" * 20_000,
        (26).to_bytes(8, "little") + b'{"__metadata__":{"run":1}}',
    ],
    ids=repr,
)
def test_a_file_that_is_not_a_checkpoint_is_refused_as_damaged(tmp_path, data):
    (tmp_path / NAME).write_bytes(data)
    refused(tmp_path, "is damaged: ")


@pytest.mark.parametrize(
    "run",
    ["", "not JSON", "[]", "7", "null", "[" * 20_000, '{"version": ' + "9" * 5000 + "}", "{}", '"\\ud800"'],
    ids=lambda run: run[:12],
)
def test_a_run_that_is_not_a_json_object_with_a_version_is_damaged(tmp_path, run):
    forge(tmp_path, run)
    refused(tmp_path, "is damaged: ")


@pytest.mark.parametrize(
    ("version", "message"),
    [(1, "is of an older version"), (4, "is of a newer version"), ("2", "is damaged"), (True, "is damaged")],
)
def test_another_version_is_refused(tmp_path, version, message):
    forge(tmp_path, facts(version=version))
    refused(tmp_path, message)


@pytest.mark.parametrize("made", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("gone")])
def test_a_checkpoint_that_is_not_a_file_is_refused(tmp_path, made):
    made(tmp_path / NAME)
    refused(tmp_path, "is not a file, so it is not a checkpoint; remove it")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_checkpoint_without_read_permission_is_refused_with_the_reason(tmp_path):
    checkpoints(tmp_path).write(POSITION)
    (tmp_path / NAME).chmod(0)
    refused(tmp_path, "cannot be read: Permission denied")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"step": 0}, "its step is not one of 1 to 10 but 0"),
        ({"step": 11}, "its step is not one of 1 to 10 but 11"),
        ({"step": -3}, "its step is not one of 1 to 10 but -3"),
        ({"step": 7.0}, "its step is not one of 1 to 10 but 7.0"),
        ({"step": True}, "its step is not one of 1 to 10 but True"),
        ({"step": None}, "its step is not one of 1 to 10 but None"),
        ({"step": 10**400}, "its step is not one of 1 to 10 but 1000"),
        ({"n_steps": 6}, "its epochs do not have 5 steps but 6"),
        ({"n_steps": 0}, "its epochs do not have 5 steps but 0"),
        ({"n_steps": "5"}, "its epochs do not have 5 steps but '5'"),
        ({"interrupted": True}, "interrupted is not false but True"),
        ({"interrupted": 0}, "interrupted is not false but 0"),
        ({"losses": []}, "its losses are not"),
        ({"losses": [[0.1, 1.0]]}, "its losses are not"),
        ({"losses": [[0.1, 1.0]] * 3}, "its losses are not"),
        ({"losses": "ab"}, "its losses are not"),
        ({"losses": [0.1, 1.0]}, "its losses are not"),
        ({"losses": [[0.1], [0.1, 1.0]]}, "its losses are not"),
        ({"losses": [["0.1", 1.0], [0.1, 1.0]]}, "its losses are not"),
        ({"losses": [[float("nan"), 1.0], [0.1, 1.0]]}, "its losses are not"),
        ({"losses": [[float("inf"), 1.0], [0.1, 1.0]]}, "its losses are not"),
        ({"losses": [[1.0, float("inf")], [0.1, 1.0]]}, "its losses are not"),
        ({"losses": [[0.1, -1.0], [0.1, 1.0]]}, "its losses are not"),
        ({"losses": [[1e300, 1.0], [0.1, 1.0]]}, "its losses are not"),
        ({"losses": [[0.1, 10**400], [0.1, 1.0]]}, "its losses are not"),
        ({"losses": {"0": [0.1, 1.0], "1": [0.1, 1.0]}}, "its losses are not"),
        ({"step": 5}, "it has losses of more than the 1 epochs that have begun"),
        ({"validation_losses": [0.7, 0.6]}, "it has 2 losses on held-out text after 1 epoch"),
        ({"validation_losses": None}, "its losses on held-out text are not numbers"),
        ({"validation_losses": ["0.7"]}, "its losses on held-out text are not numbers"),
        ({"validation_losses": [10**400]}, "its losses on held-out text are not numbers"),
        ({"epochs": 2}, "it is not interrupted, losses, n_steps, step, validation_losses"),
        ({"position": {}}, "it is not interrupted, losses"),
        ({"position": []}, "it is not interrupted, losses"),
        ({"position": None}, "it is not interrupted, losses"),
        ({"settings": None}, "does not say where it stands in which run"),
        ({"settings": [["dim", 3]]}, "does not say where it stands in which run"),
        ({"settings": {}}, "was made with dim None, not 3"),
        ({"settings": {"dim": "3"}}, "was made with dim '3', not 3"),
        ({"settings": {"dim": 3, "color": "red"}}, "was made with color 'red', which is not given now"),
        ({"chosen": None}, "does not say where it stands in which run"),
        ({"chosen": ["epochs"]}, "does not say where it stands in which run"),
        ({"chosen": {"dim": "why"}}, "does not say where it stands in which run"),
        ({"chosen": {"epochs": 3}}, "does not say where it stands in which run"),
        ({"digest": None}, "an input has changed since"),
        ({"digest": {"a": []}}, "an input has changed since"),
    ],
    ids=lambda fields: str(fields)[:40],
)  # fmt: skip
def test_an_odd_field_is_refused_by_its_rule(tmp_path, fields, message):
    forge(tmp_path, facts(**fields))
    refused(tmp_path, message)


@pytest.mark.parametrize("name", ["version", "position", "settings", "chosen", "digest"])
def test_a_missing_or_an_unknown_fact_is_refused(tmp_path, name):
    run = facts()
    del run[name]
    forge(tmp_path, run)
    refused(tmp_path, "is damaged" if name == "version" else "does not say where it stands")
    forge(tmp_path, {**facts(), "more": 1})
    refused(tmp_path, "does not say where it stands in which run")


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": np.zeros((3, 2), np.float32)},
        {"inputs": np.zeros(6, np.float32)},
        {"inputs": np.zeros((2, 3), np.float64)},
        {"inputs": np.zeros((2, 3), np.int32)},
        {"inputs": np.zeros((2, 3), np.float16)},
        {"inputs": None},
        {"more": np.zeros(1, np.float32)},
    ],
)  # fmt: skip
def test_other_arrays_are_refused(tmp_path, change):
    tensors = {name: array for name, array in {**arrays(1.5), **change}.items() if array is not None}
    forge(tmp_path, facts(), tensors)
    refused(tmp_path, "is damaged|does not hold the arrays of this run: '(inputs|more|outputs)' is another")


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused_where_the_run_began_with_finite_ones(tmp_path, number):
    tensors = arrays(1.5)
    tensors["outputs"][2] = number
    forge(tmp_path, facts(), tensors)
    refused(tmp_path, "holds NaN or infinity, so its training diverged; train without `resume`")
    into = arrays()
    into["outputs"][2] = np.nan  # of a token of the embedding to continue from that the text does not have
    assert read(tmp_path, into) == POSITION


def test_every_mutant_is_refused_or_says_the_same(tmp_path):
    """Bits, bytes, cuts, insertions and exchanged parts of a checkpoint, some thousand."""
    checkpoints(tmp_path, 1.5).write(POSITION)
    whole, rng = (tmp_path / NAME).read_bytes(), np.random.default_rng(0)
    mutants = [
        whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :]
        for at in range(len(whole))
        for bit in range(8)
    ]
    for _ in range(1500):
        one, two, three = sorted(rng.integers(0, len(whole) + 1, 3))
        mutants += [
            whole[:one] + whole[two:],
            whole[:one] + rng.bytes(int(rng.integers(1, 9))) + whole[one:],
            whole[:one] + whole[two:three] + whole[one:two] + whole[three:],
            whole[:one] + rng.bytes(int(two - one)) + whole[two:],
        ]
    assert len(mutants) > 9000
    n_same = 0
    for mutant in mutants:
        (tmp_path / NAME).unlink()  # some file systems wait for the disk when a file is cut and written again
        (tmp_path / NAME).write_bytes(mutant)
        into = arrays(9.0)
        try:
            assert read(tmp_path, into) == POSITION
        except BadCheckpoint as error:
            assert "\n" not in str(error)
            assert all((array == 9.0).all() for array in into.values())
        else:
            n_same += mutant != whole
            assert all((array == 1.5).all() for array in into.values())
    assert n_same < 100  # white space in the header


numbers = st.one_of(
    st.integers(-2, 12), st.floats(), st.booleans(), st.none(), st.sampled_from([10**18, 10**400, "7", []])
)
json_values = st.recursive(
    numbers,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(
    step=st.integers(1, 10) | numbers,
    n_steps=st.just(5) | numbers,
    losses=st.just(POSITION.losses)
    | st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=1, max_size=3)
    | json_values,
    validation=st.just([]) | st.lists(numbers, max_size=3) | json_values,
    interrupted=st.just(False) | json_values,
)
@settings(max_examples=600)
def test_any_position_that_is_read_is_one_of_the_run(
    tmp_path_factory, step, n_steps, losses, validation, interrupted
):
    folder = tmp_path_factory.getbasetemp()
    (folder / NAME).unlink(missing_ok=True)
    fields = {"step": step, "n_steps": n_steps, "losses": losses, "interrupted": interrupted}
    forge(folder, facts(**fields, validation_losses=validation))
    into = arrays(9.0)
    try:
        position = read(folder, into)
    except BadCheckpoint:
        assert all((array == 9.0).all() for array in into.values())
        return
    assert 1 <= position.step <= EPOCHS * N_STEPS and position.n_steps == N_STEPS
    assert all(np.isfinite(loss) for loss in position.mean_losses() if loss == loss)
    assert len(position.losses) == EPOCHS and len(position.validation_losses) <= position.step // N_STEPS
    assert position.interrupted is False


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
def test_checkpoint_and_snapshot_numbers_outside_their_range_are_refused(tmp_path, moment, message):
    with pytest.raises(tovec.TovecError, match=message):
        tovec.train(planted(10), work=tmp_path, **moment, **SMALL)


def test_an_epoch_that_sampling_left_empty_does_not_end_the_run():
    texts = ["a few words to train on"] * 10
    embedding = tovec.train(texts, min_count=1, dim=4, epochs=30, sample=0.05, threads=1)
    losses = embedding.provenance["losses"]
    assert len(losses) == 30
    with pytest.raises(tovec.TovecError, match="sampling left no token a context"):
        tovec.train(texts, min_count=1, dim=4, epochs=2, sample=1e-9, threads=1)
