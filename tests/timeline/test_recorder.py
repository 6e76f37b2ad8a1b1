"""Moments of loops that are not tovec's: arrays, torch, and what a recording refuses."""

import subprocess
import sys

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import CannotSave, NoSpace, TovecError, TovecWarning
from tovec.formats.saved.tensor_file import SameTokens

TOKENS = ["cat", "dog", "mat", "sat"]


def table(seed=0, shape=(4, 3)):
    return np.random.default_rng(seed).standard_normal(shape)


def test_what_is_added_is_what_opens(tmp_path):
    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.add(0, table(0), tokens=TOKENS)
        recorder.add(5, table(1).astype(np.float16), loss=np.float32(0.5))
        recorder.add(200, tovec.Embedding(TOKENS, table(2)), loss=0.25, validation_loss=0.75)
    timeline = tovec.open_timeline(tmp_path / "moments")
    assert [each.progress for each in timeline.moments] == [0, 5, 200] and timeline.unit == "steps"
    assert timeline.losses.tolist()[1:] == [0.5, 0.25] and timeline.moments[-1].validation_loss == 0.75
    assert list(timeline.tokens) == TOKENS
    for seed, each in enumerate(timeline):
        np.testing.assert_array_equal(each[:], table(seed).astype(np.float32).astype(np.float16))


def test_rows_are_those_of_when_they_were_given(tmp_path):
    rows = table().astype(np.float32)
    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.add(0, rows, tokens=TOKENS)
        rows[:] = 7
    assert (tovec.open_timeline(tmp_path / "moments")[0][:] != 7).all()


def test_four_words_in_plain_torch_can_be_watched(tmp_path):
    torch = needs("torch")
    torch.manual_seed(0)
    module = torch.nn.Embedding(4, 8)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    pairs = torch.tensor([[0, 3], [1, 3], [2, 3]])
    start = module.weight.detach().numpy().copy()
    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.watch(module, TOKENS)
        for _ in range(200):
            loss = -torch.nn.functional.logsigmoid((module(pairs[:, 0]) * module(pairs[:, 1])).sum(-1)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            recorder.step(loss)
    timeline = tovec.open_timeline(tmp_path / "moments")
    steps = [each.progress for each in timeline.moments]
    assert steps[:12] == list(range(12)) and steps[-1] == 200 and 20 < len(steps) < 60
    assert timeline.losses[1] > timeline.losses[-1]
    np.testing.assert_array_equal(timeline[0][:], start.astype(np.float16))
    np.testing.assert_array_equal(timeline[-1][:], module.weight.detach().numpy().astype(np.float16))
    assert timeline.similarity("cat", "sat")[-1] > timeline.similarity("cat", "sat")[0]


class Module:
    """What a module of torch is to a Recorder."""

    def __init__(self):
        self.weight = table()


def test_moments_come_every_so_many_steps_with_the_mean_loss_between_them(tmp_path):
    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.watch(Module(), TOKENS, every=10)
        for step in range(1, 26):
            recorder.step(loss=step)
    timeline = tovec.open_timeline(tmp_path / "moments")
    assert [each.progress for each in timeline.moments] == [0, 10, 20, 25]
    assert timeline.losses.tolist()[1:] == [5.5, 15.5, 23.0]


def test_a_moment_has_the_last_validation_loss_that_was_measured_since_the_one_before(tmp_path):
    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.watch(Module(), TOKENS, every=10)
        for step in range(1, 31):
            recorder.step(validation_loss=step / 100 if step in (4, 8, 12) else None)
    moments = tovec.open_timeline(tmp_path / "moments").moments
    assert [each.validation_loss for each in moments] == [None, 0.08, 0.12, None]


def test_a_loss_on_a_device_is_read_at_a_moment_only(tmp_path):
    class Loss:
        """A tensor, whose number makes a GPU finish."""

        n_read = 0

        def __init__(self, value):
            self.value = value

        def detach(self):
            return self

        def float(self):
            return self

        def __radd__(self, other):
            return Loss(self.value + getattr(other, "value", other))

        __add__ = __radd__

        def __float__(self):
            Loss.n_read += 1
            return float(self.value)

    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.watch(Module(), TOKENS, every=10)
        for step in range(1, 21):
            recorder.step(Loss(step))
    assert Loss.n_read == 2
    assert tovec.open_timeline(tmp_path / "moments").losses.tolist()[1:] == [5.5, 15.5]


def test_a_part_of_a_large_table_is_watched(tmp_path):
    for rows, tokens in ((2, TOKENS[:2]), (9, TOKENS), (["sat", "cat", "sat"], ["sat", "cat"])):
        module = Module()
        with tovec.Recorder(tmp_path / "moments") as recorder:
            recorder.watch(module, TOKENS, rows=rows)
            module.weight += 1
            recorder.step()
        timeline = tovec.open_timeline(tmp_path / "moments")
        assert list(timeline.tokens) == tokens and len(timeline) == 2
        np.testing.assert_array_equal(
            timeline[1]["cat"], module.weight[0].astype(np.float32).astype(np.float16)
        )


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        (object(), {}, "a module to watch has a `weight`"),
        (Module(), {"rows": ["rug"]}, "token 'rug' is not in the vocabulary"),
        (Module(), {"rows": "cat"}, "tokens must be a list of tokens, not 'cat'"),
        (Module(), {"rows": 0}, "rows must be a whole number from 1 up, not 0"),
        (Module(), {"step": -1}, "step must be a whole number from 0 up, not -1"),
        (Module(), {"every": 0}, "every must be a whole number from 1 up, not 0"),
    ],
)
def test_what_cannot_be_watched_is_refused(tmp_path, module, options, message):
    recorder = tovec.Recorder(tmp_path / "moments")
    with pytest.raises(TovecError, match=message):
        recorder.watch(module, TOKENS, **options)
    with pytest.raises(TovecError, match="there is nothing to record"):
        recorder.step()
    assert not (tmp_path / "moments").exists()


def test_a_recording_goes_on_from_a_checkpoint(tmp_path):
    for resume, start, expected in (
        (False, 0, [0, 5, 10]),
        (True, 7, [0, 5, 7, 12, 17]),
        (False, 7, [7, 12, 17]),
    ):
        with tovec.Recorder(tmp_path / "moments", resume=resume) as recorder:
            recorder.watch(Module(), TOKENS, every=5, step=start)
            for _ in range(10):
                recorder.step()
        timeline = tovec.open_timeline(tmp_path / "moments")
        assert [each.progress for each in timeline.moments] == expected


def test_what_was_recorded_is_written_where_an_error_ends_a_program_without_with(tmp_path):
    program = f"""import numpy as np, tovec
recorder = tovec.Recorder({str(tmp_path / "moments")!r})
for step in range(40):
    recorder.add(step, np.ones((4000, 100)), tokens=map(str, range(4000)))
raise SystemError"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.stderr.endswith("\nSystemError\n")
    assert len(tovec.open_timeline(tmp_path / "moments")) == 40


@pytest.mark.parametrize(
    ("step", "rows", "tokens", "message"),
    [
        (3, table(), None, "step must be above 3, the step of the moment before, not 3"),
        (-1, table(), None, "step must be a whole number from 0 up"),
        (4, table(shape=(4, 2)), None, r"a recording of \(4, 3\) numbers cannot go on with \(4, 2\)"),
        (4, table(shape=(5, 3)), None, "4 tokens need a table of as many rows, not 5"),
        (4, table(), ["cat", "dog", "sat", "mat"], "the tokens of a recording stay the same"),
        (4, tovec.Embedding(["a", "b", "c", "d"], table()), None, "the tokens of a recording stay the same"),
        (4, "film", None, "a table is an array, a tensor, a module or an Embedding, not 'film'"),
        (4, table(shape=(4,)), None, "must be a table"),
    ],
)
def test_what_does_not_go_on_is_refused_and_the_recording_stays(tmp_path, step, rows, tokens, message):
    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.add(3, table(), tokens=TOKENS)
        with pytest.raises(TovecError, match=message):
            recorder.add(step, rows, tokens=tokens)
        recorder.add(5, table())
    assert len(tovec.open_timeline(tmp_path / "moments")) == 2


def test_the_first_table_needs_tokens_as_many_as_rows(tmp_path):
    recorder = tovec.Recorder(tmp_path / "moments")
    with pytest.raises(TovecError, match="the rows need names: give `tokens`"):
        recorder.add(0, table())
    with pytest.raises(TovecError, match="3 tokens need a table of as many rows, not 4"):
        recorder.add(0, table(), tokens=TOKENS[:3])
    with pytest.raises(TovecError, match=r"there is nothing to record: call watch"):
        recorder.step()
    recorder.add(0, table(), tokens=TOKENS)
    recorder.close()
    recorder.close()
    with pytest.raises(TovecError, match="is closed"):
        recorder.add(1, table())


def test_a_recording_replaces_an_earlier_one_and_nothing_else(tmp_path):
    path = tmp_path / "moments"
    for n in (3, 2):
        with tovec.Recorder(path) as recorder:
            for step in range(n):
                recorder.add(step, table(), tokens=TOKENS)
        assert len(tovec.open_timeline(path)) == n
    tovec.Recorder(path)  # one that records nothing removes nothing
    assert len(tovec.open_timeline(path)) == 2
    (path / "notes.txt").write_text("mine")
    with pytest.raises(CannotSave, match=r"it holds 'notes.txt', which is no moment of a recording"):
        tovec.Recorder(path)
    (path / "notes.txt").rename(path / "000000000007.safetensors")
    with pytest.raises(CannotSave, match=r"it holds '000000000007.safetensors', which is no moment"):
        tovec.Recorder(path)
    with pytest.raises(CannotSave, match="it is not a folder; name a new one"):
        tovec.Recorder(path / "000000000007.safetensors")
    assert (path / "000000000007.safetensors").read_text() == "mine"


def test_what_a_killed_process_left_goes_with_the_next_recording(tmp_path):
    program = f"""import os, signal, numpy as np, tovec
from tovec.formats.saved import tensor_file
write = tensor_file.write_tensors
def killed(file, tensors, metadata):
    write(file, tensors, metadata)
    if '"progress\\\\": 2' in metadata:
        os.kill(os.getpid(), signal.SIGKILL)
tensor_file.write_tensors = killed
with tovec.Recorder({str(tmp_path / "moments")!r}) as recorder:
    for step in range(4):
        recorder.add(step, np.eye(2), tokens=["cat", "dog"])"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == -9, run.stderr
    timeline = tovec.open_timeline(tmp_path / "moments")
    assert [each.progress for each in timeline.moments] == [0, 1] and timeline.findings == ()
    assert len([*(tmp_path / "moments").iterdir()]) == 4  # with what was being written, and the lock
    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.add(0, table(), tokens=TOKENS)
    assert [path.name for path in (tmp_path / "moments").iterdir()] == ["000000000000.safetensors"]


def test_what_was_recorded_stays_when_the_loop_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.add(0, table(), tokens=TOKENS)
        recorder.add(1, table(), loss=1 / 0)
    assert len(tovec.open_timeline(tmp_path / "moments")) == 1


def test_a_full_disk_ends_no_loop(tmp_path, monkeypatch):
    save = SameTokens.save

    def full(files, vectors, path, more):
        if path.name.endswith("1.safetensors"):
            raise NoSpace("cannot write x: no space is left on the disk", "x", 1)
        save(files, vectors, path, more)

    monkeypatch.setattr(SameTokens, "save", full)
    with (
        pytest.warns(TovecWarning, match="the snapshot at 1 steps could not be written: cannot write x"),
        tovec.Recorder(tmp_path / "moments") as recorder,
    ):
        for step in range(3):
            recorder.add(step, table(), tokens=TOKENS)
    assert len(tovec.open_timeline(tmp_path / "moments")) == 2


def test_numbers_that_float16_cannot_hold_are_left_out(tmp_path):
    with (
        pytest.warns(
            TovecWarning,
            match=r"f16 cannot hold the number 1e\+06 of .*'cat'; a table divided by a number has .* fits",
        ),
        tovec.Recorder(tmp_path / "moments") as recorder,
    ):
        recorder.add(0, table(), tokens=TOKENS)
        recorder.add(1, np.full((4, 3), 1e6))
    assert len(tovec.open_timeline(tmp_path / "moments")) == 1


SCRIPT = """
import sys, time, numpy as np, tovec
from tovec.timeline.moment_file import MomentFiles
save = MomentFiles.save
MomentFiles.save = lambda *given: (time.sleep(0.1), save(*given))  # a slow disk
recorder = tovec.Recorder(sys.argv[1])
for step in range(5):
    recorder.add(step, np.eye(2) + step, tokens=["cat", "dog"])
"""


def test_a_script_that_ends_without_closing_keeps_all_moments(tmp_path):
    path = tmp_path / "moments"
    subprocess.run([sys.executable, "-c", SCRIPT, path], check=True, timeout=60)
    assert len(tovec.open_timeline(path)) == 5


@pytest.mark.parametrize("name", ["loss", "validation_loss", "epoch"])
@pytest.mark.parametrize("value", ["x", "0.5", [0.1, 0.2], object()])
def test_what_is_no_number_is_refused_as_a_loss(tmp_path, name, value):
    with tovec.Recorder(tmp_path / "moments") as recorder:
        with pytest.raises(TovecError, match=rf"^`{name}` must be a number, or a tensor of one, not "):
            recorder.add(0, table(), tokens=TOKENS, **{name: value})
        recorder.add(0, table(), tokens=TOKENS, **{name: np.float32(0.5)})
    assert len(tovec.open_timeline(tmp_path / "moments")) == 1


def test_a_loss_of_several_numbers_is_refused_at_its_step(tmp_path):
    torch = needs("torch")
    with tovec.Recorder(tmp_path / "moments") as recorder:
        recorder.watch(Module(), TOKENS)
        for loss in ("x", torch.ones(3)):
            with pytest.raises(TovecError, match=r"^`loss` must be a number, or a tensor of one"):
                recorder.step(loss)
        recorder.step(torch.ones(1, requires_grad=True))
    assert tovec.open_timeline(tmp_path / "moments").losses.tolist()[1:] == [1.0]


SECOND = """
import os, sys, numpy as np, tovec
with tovec.Recorder(sys.argv[1]) as recorder:
    try:
        recorder.add(0, np.eye(2), tokens=["cat", "dog"])
    except tovec.TovecError as error:
        print(error)
    else:
        print(os.getpid(), flush=True)
        sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_of_two_processes_that_record_into_one_folder_the_second_is_refused(tmp_path):
    path = tmp_path / "moments"
    command = [sys.executable, "-c", SECOND, path]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        process = first.stdout.readline().strip()
        recorder = tovec.Recorder(path)
        with pytest.raises(CannotSave, match=rf"cannot record into .*: process {process} on .* is recording"):
            recorder.add(0, table(), tokens=TOKENS)
        first.stdin.close()
    assert sorted(each.name for each in path.iterdir()) == ["000000000000.safetensors"]
    with recorder:  # the first one has ended
        recorder.add(0, table(), tokens=TOKENS)
        said = subprocess.run(command, text=True, input="", capture_output=True, check=True).stdout
        assert said.startswith(f"cannot record into {path}: process ") and said.count("\n") == 1
        assert tovec.open_timeline(path).findings == ()
    assert list(tovec.open_timeline(path).tokens) == TOKENS


def test_of_two_recorders_in_one_process_the_second_is_refused_until_the_first_is_closed(tmp_path):
    with tovec.Recorder(tmp_path / "moments") as first:
        first.add(0, table(), tokens=TOKENS)
        with pytest.raises(CannotSave, match="close that Recorder first"):
            tovec.Recorder(tmp_path / "moments").add(0, table(), tokens=TOKENS)
    again = tovec.Recorder(tmp_path / "moments")
    again.add(0, table(), tokens=TOKENS)
    again = tovec.Recorder(tmp_path / "moments")  # as where a cell of a notebook is run once more
    again.add(0, table(), tokens=TOKENS)
    again.close()


RANK = """
import sys, numpy as np, torch, tovec
rank, store, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
torch.distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
recorder = tovec.Recorder(path)
for step in range(3):
    recorder.add(step, np.eye(2) + rank, tokens=["cat", "dog"])
torch.distributed.destroy_process_group()
recorder.add(3, np.eye(2) + rank)
recorder.close()
"""


@pytest.mark.slow
def test_of_the_processes_of_torch_distributed_the_first_records(tmp_path):
    needs("torch")
    path = tmp_path / "moments"
    command = [sys.executable, "-c", RANK]
    ranks = [subprocess.Popen([*command, str(rank), tmp_path / "store", path]) for rank in (1, 0)]
    assert [each.wait(120) for each in ranks] == [0, 0]
    timeline = tovec.open_timeline(path)
    assert len(timeline) == 4
    for each in timeline:
        np.testing.assert_array_equal(each[:], np.eye(2))
