import math

import numpy as np
import pytest

from tovec.errors import Diverged
from tovec.training.config import RunConfig
from tovec.training.schedule import Events, Position, Schedule, run


class Counts:
    """An objective of four steps an epoch that notes them; step n has the loss n."""

    n_steps = 4

    def __init__(self, losses=None):
        self.taken, self.losses = [], losses or {}
        self.arrays = {}

    def run(self, first, stop, on_step, should_stop):
        for step in range(first, stop):
            if should_stop():
                return
            self.taken.append(step)
            on_step(step // self.n_steps, self.losses.get(step, float(step)), 2.0)

    def vectors(self):
        return np.zeros((1, 1), dtype=np.float32)

    def validation_loss(self):
        return 7.0


class Notes(Events):
    def __init__(self):
        self.seen = []

    def epoch_ended(self, position):
        self.seen.append(("epoch", position.step))

    def snapshot(self, position):
        self.seen.append(("snapshot", position.step))

    def checkpoint(self, position):
        self.seen.append(("checkpoint", position.step))


def test_checkpoints_come_at_fractions_of_epochs():
    schedule = Schedule(n_steps=10, epochs=2, checkpoint_every=0.25, snapshots=4)
    assert sorted(schedule.checkpoints()) == [3, 5, 8, 10, 13, 15, 18, 20]
    assert list(schedule.stops()) == [3, 5, 8, 10, 13, 15, 18, 20]


@pytest.mark.parametrize(
    ("total", "n", "steps"),
    [
        (750, 50, [0, 1, 2, 4, 8, 16, *(750 * number // 45 for number in range(2, 46))]),
        (15_000, 10, [0, 12, 47, 188, 750, 3000, 6000, 9000, 12000, 15000]),  # half of few are early
        (750, 3, [0, 188, 750]),
        (750, 2, [0, 750]),
        (750, 1, [750]),
        (750, 0, []),
    ],
)
def test_snapshots_double_their_distance_and_then_keep_it(total, n, steps):
    assert sorted(Schedule(total, 1, snapshots=n).snapshot_steps()) == steps


def test_as_many_snapshots_are_taken_as_asked_for_where_there_are_steps():
    for total in (1, 2, 3, 10, 49, 50, 51, 333):
        for n in range(2, 60):
            steps = Schedule(total, 1, snapshots=n).snapshot_steps()
            assert len(steps) == min(n, total + 1) and {0, total} <= steps <= set(range(total + 1))


def test_checkpoints_of_tenths_come_ten_times_an_epoch():
    """0.1 is no binary fraction: steps must not slip by one."""
    assert sorted(Schedule(10, 1, checkpoint_every=0.1).checkpoints()) == list(range(1, 11))


def test_more_snapshots_than_steps_are_taken_at_every_step():
    assert Schedule(2, 1, snapshots=9).snapshot_steps() == {0, 1, 2}


def test_every_step_is_taken_once_and_events_come_in_their_order():
    objective, notes = Counts(), Notes()
    schedule = Schedule(4, 2, checkpoint_every=0.5, snapshots=3)
    position = run(objective, RunConfig(preset="word2vec", epochs=2), schedule, Position.start(2, 4), notes)
    assert objective.taken == list(range(8))
    assert notes.seen == [
        *(("snapshot", 0), ("snapshot", 2), ("checkpoint", 2), ("epoch", 4), ("checkpoint", 4)),
        *(("checkpoint", 6), ("epoch", 8), ("snapshot", 8), ("checkpoint", 8)),
    ]
    assert position.mean_losses() == [(0 + 1 + 2 + 3) / 8, (4 + 5 + 6 + 7) / 8]
    assert position.validation_losses == [7.0, 7.0]


def test_a_position_in_the_middle_goes_on_from_there():
    objective = Counts()
    start = Position(3, 4, [[3.0, 6.0], [0.0, 0.0]])
    position = run(objective, RunConfig(preset="word2vec", epochs=2), Schedule(4, 2), start, Notes())
    assert objective.taken == [3, 4, 5, 6, 7]
    assert position.mean_losses()[0] == (0 + 1 + 2 + 3) / 8


@pytest.mark.parametrize("loss", [math.nan, math.inf, 5e31])
def test_an_infinite_loss_ends_the_run_and_names_the_rate(loss):
    objective = Counts({5: loss})
    config = RunConfig(preset="word2vec", epochs=2, learning_rate=3.0)
    with pytest.raises(Diverged, match=r"after 1\.50 epochs; use a lower `learning_rate` than 3"):
        run(objective, config, Schedule(4, 2), Position.start(2, 4), Notes())
    assert objective.taken[-1] == 5


def test_an_epoch_without_pairs_has_nan_as_its_mean_loss():
    position = Position(8, 4, [[0.0, 0.0], [6.0, 2.0]])
    assert math.isnan(position.mean_losses()[0])
    assert position.mean_losses()[1] == 3.0
