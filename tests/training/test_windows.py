"""How a block of ids is cut into windows: windows.py and kernels/windows.py."""

import numpy as np
import pytest

from tovec.training.kernels import windows
from tovec.training.kernels.arguments import Draws, Kept, MinibatchArrays, WindowArrays
from tovec.training.sampling import ALWAYS, alias_table, keep_thresholds, noise_probabilities

N_TOKENS = 12
TEXT = [0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 9, 10, 11, 1, 1, 3]
OFFSETS = [0, 4, 4, 5, 11, 16]  # an empty document, and one of a single token


class Cut:
    """What `cut` writes, spoiled before, with room for anything."""

    def __init__(self, kernel, ids, offsets, *, start=0, stop=None, window=3, negative=5, n_targets=6,
                 keep=None, counts=None, row_in=None, row_out=None, seed=5, min_reach=1):  # fmt: skip
        n = len(ids)
        self.negative = negative
        self.contexts = np.full(n * 2 * window, -1, dtype=np.int32)
        self.ends, self.sizes = np.full(n + 1, -1, dtype=np.int32), np.full(n, -1, dtype=np.int32)
        self.targets = np.full((n, n_targets), -1, dtype=np.int32)
        self.left = np.full(n, -1, dtype=np.int32)
        rows = np.arange(N_TOKENS, dtype=np.int32)
        draws = Draws(
            np.full(N_TOKENS, ALWAYS) if keep is None else keep,
            alias_table(noise_probabilities(np.full(N_TOKENS, 3) if counts is None else counts)),
            rows if row_in is None else row_in,
            rows if row_out is None else row_out,
            np.array([seed], dtype=np.uint64),
        )
        document = int(np.searchsorted(offsets, start, side="right")) - 1
        with np.errstate(over="ignore"):  # the generator multiplies modulo 2**64
            self.n = kernel(
                *(np.array(ids, dtype=np.int32), np.array(offsets, dtype=np.int64), document),
                *(start, n if stop is None else stop, window, negative, draws),
                Kept(np.empty(n, np.int32), np.empty((n, 2), np.int32)),
                WindowArrays(self.contexts, self.ends, self.sizes, self.left, self.targets),
                min_reach,
            )

    def window_of(self, i):
        """Return the center, its contexts and its noise."""
        first, size = self.ends[i], self.sizes[i]
        return (
            int(self.targets[i, 0]),
            self.contexts[first : first + size].tolist(),
            self.targets[i, 1 : 1 + self.negative].tolist(),
        )

    def windows(self):
        return [self.window_of(i) for i in range(self.n)]


@pytest.mark.parametrize("sample", [0, 1e-2])
@pytest.mark.parametrize(("start", "stop"), [(0, 16), (2, 13), (6, 7)])
def test_the_compiled_cut_equals_its_python_source(start, stop, sample):
    how = {"start": start, "stop": stop, "keep": keep_thresholds(np.arange(1, N_TOKENS + 1) * 99, sample)}
    compiled, plain = Cut(windows.cut, TEXT, OFFSETS, **how), Cut(windows.cut.py_func, TEXT, OFFSETS, **how)
    assert compiled.n == plain.n
    for name in ("contexts", "ends", "sizes", "targets", "left"):
        np.testing.assert_array_equal(getattr(compiled, name), getattr(plain, name), err_msg=name)


@pytest.mark.parametrize("seed", range(1, 30))
def test_every_window_is_a_run_of_ids_of_one_document(seed):
    """With ids that say where they stand, so that each window can be put back into the text."""
    ids = np.arange(N_TOKENS)
    offsets = [0, 4, 4, 5, 11, 12]
    cut = Cut(windows.cut, ids, offsets, seed=seed)
    bounds = [(0, 4), (5, 11)]  # those of one token give no window
    assert [center for center, _, _ in cut.windows()] == [*range(4), *range(5, 11)]
    for i, (center, contexts, _) in enumerate(cut.windows()):
        first, last = next(bound for bound in bounds if bound[0] <= center < bound[1])
        reach = max(abs(context - center) for context in contexts)
        assert 1 <= reach <= 3
        around = range(max(first, center - reach), min(last, center + reach + 1))
        assert contexts == [other for other in around if other != center]
        assert cut.left[i] == sum(context < center for context in contexts)


def test_a_piece_of_the_text_has_windows_of_its_own_ids_only():
    cut = Cut(windows.cut, np.arange(N_TOKENS), [0, N_TOKENS], start=4, stop=8)
    seen = {token for center, contexts, _ in cut.windows() for token in (center, *contexts)}
    assert seen == {4, 5, 6, 7}


def test_a_reach_beyond_all_documents_takes_all_of_them():
    cut = Cut(windows.cut, np.arange(5), [0, 5], window=1000)
    assert cut.n == 5
    assert all(1 <= size <= 4 for size in cut.sizes[:5])


def test_documents_of_one_token_give_no_window():
    assert Cut(windows.cut, [0, 1, 2], [0, 1, 2, 3]).n == 0


def test_tokens_on_either_side_of_one_left_out_become_neighbors():
    """word2vec.c thins out a sentence before it takes windows from it."""
    keep = np.full(N_TOKENS, ALWAYS)
    keep[1] = 0
    cut = Cut(windows.cut, [0, 1, 1, 1, 2], [0, 5], keep=keep, window=1)
    assert [(center, contexts) for center, contexts, _ in cut.windows()] == [(0, [2]), (2, [0])]


def test_each_reach_is_drawn_as_often():
    """word2vec.c: b = next_random % window, and the window is window - b to each side."""
    n, window = 40_000, 4
    cut = Cut(windows.cut, np.zeros(n, dtype=int), [0, n], window=window)
    sizes = np.bincount(cut.sizes[window : n - window], minlength=2 * window + 1)
    expected = (n - 2 * window) / window
    drawn = sizes[2::2]
    assert drawn.sum() == n - 2 * window
    assert ((drawn - expected) ** 2 / expected).sum() < 16.3  # 3 degrees of freedom, once in a thousand


def test_whole_windows_reach_as_far_as_their_document():
    cut = Cut(windows.cut, np.arange(N_TOKENS), [0, 7, N_TOKENS], window=3, min_reach=3)
    for center, contexts, _ in cut.windows():
        first, last = (0, 7) if center < 7 else (7, N_TOKENS)
        around = range(max(first, center - 3), min(last, center + 4))
        assert contexts == [other for other in around if other != center]
    assert cut.n == N_TOKENS


def test_noise_comes_from_the_table_and_as_often_as_it_says():
    counts = np.array([0, 500, 100, 20, 0, 5, 0, 0, 0, 0, 0, 1])
    n = 20_000
    cut = Cut(windows.cut, np.full(n, 2), [0, n], window=1, counts=counts)
    drawn = np.bincount(cut.targets[: cut.n, 1:6].ravel(), minlength=N_TOKENS)
    expected = noise_probabilities(counts) * drawn.sum()
    assert not drawn[expected == 0].any()
    used = expected > 0
    chi_square = ((drawn[used] - expected[used]) ** 2 / expected[used]).sum()
    assert chi_square < 18.5  # 4 degrees of freedom, once in a thousand


def test_tokens_are_given_as_rows_of_their_tables():
    row_in = np.arange(N_TOKENS, dtype=np.int32) + 100
    row_out = np.arange(N_TOKENS, dtype=np.int32) + 200
    plain = Cut(windows.cut, TEXT, OFFSETS)
    moved = Cut(windows.cut, TEXT, OFFSETS, row_in=row_in, row_out=row_out)
    assert moved.n == plain.n
    for (center, contexts, noise), as_rows in zip(plain.windows(), moved.windows(), strict=True):
        assert as_rows == (center + 200, [c + 100 for c in contexts], [t + 200 for t in noise])


@pytest.mark.parametrize(("negative", "n_targets"), [(5, 6), (3, 6), (7, 12)])
def test_room_that_is_left_is_filled_with_what_is_there(negative, n_targets):
    ids = np.tile(np.arange(N_TOKENS), 20)
    cut = Cut(windows.cut, ids, [0, len(ids)], negative=negative, n_targets=n_targets)
    for i, (center, contexts, _) in enumerate(cut.windows()):
        assert (cut.targets[i, 1 + negative :] == center).all()
        assert cut.ends[i + 1] - cut.ends[i] == len(contexts) + len(contexts) % 2
        assert cut.contexts[cut.ends[i + 1] - 1] == contexts[-1]


class CutTogether:
    """What `cut_minibatches` writes, spoiled before."""

    def __init__(self, kernel, ids, offsets, *, n_centers=2, window=3, negative=4, keep=None, row_in=None,
                 row_out=None, counts=None, seed=5):  # fmt: skip
        n, rows = len(ids), np.arange(N_TOKENS, dtype=np.int32)
        self.n_centers, self.negative = n_centers, negative
        self.arrays = MinibatchArrays(
            np.full(-(-n // n_centers) * (n_centers + 2 * window + 1), -1, dtype=np.int32),
            np.full(n + 1, -1, dtype=np.int32),
            np.full((n, n_centers, 3), -1, dtype=np.int32),
            np.full((n, n_centers + negative + 1), -1, dtype=np.int32),
        )
        draws = Draws(
            np.full(N_TOKENS, ALWAYS) if keep is None else keep,
            alias_table(noise_probabilities(np.full(N_TOKENS, 3) if counts is None else counts)),
            rows if row_in is None else row_in,
            rows if row_out is None else row_out,
            np.array([seed], dtype=np.uint64),
        )
        with np.errstate(over="ignore"):  # the generator multiplies modulo 2**64
            self.n = kernel(
                *(np.array(ids, dtype=np.int32), np.array(offsets, dtype=np.int64), 0, 0, n),
                *(window, negative, draws),
                Kept(np.empty(n, np.int32), np.empty((n, 2), np.int32)),
                self.arrays,
            )

    def contexts_of(self, i):
        return self.arrays.contexts[self.arrays.ends[i] : self.arrays.ends[i + 1]].tolist()

    def windows(self):
        """Return center, contexts and noise of all windows that have contexts."""
        found = []
        for i in range(self.n):
            contexts, targets = self.contexts_of(i), self.arrays.targets[i].tolist()
            noise = targets[self.n_centers : self.n_centers + self.negative]
            for center, (first, stop, place) in zip(targets, self.arrays.spans[i].tolist(), strict=False):
                if stop > first:
                    assert first <= place < stop <= len(contexts)
                    found.append((center, contexts[first:place] + contexts[place + 1 : stop], noise))
        return found


@pytest.mark.parametrize("sample", [0, 1e-2])
@pytest.mark.parametrize("n_centers", [1, 2, 7])
def test_the_compiled_cut_of_minibatches_equals_its_python_source(n_centers, sample):
    keep = keep_thresholds(np.arange(1, N_TOKENS + 1) * 99, sample)
    compiled, plain = (
        CutTogether(kernel, TEXT, OFFSETS, n_centers=n_centers, keep=keep)
        for kernel in (windows.cut_minibatches, windows.cut_minibatches.py_func)
    )
    assert compiled.n == plain.n
    for one, other in zip(compiled.arrays, plain.arrays, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("n_centers", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("seed", range(1, 10))
def test_windows_of_minibatches_are_runs_of_ids_of_one_document(n_centers, seed):
    """With ids that say where they stand, so that each window can be put back into the text."""
    cut = CutTogether(
        windows.cut_minibatches, np.arange(N_TOKENS), [0, 4, 4, 5, 11, 12], n_centers=n_centers, seed=seed
    )
    bounds = [(0, 4), (5, 11)]  # those of one token give no window
    assert [center for center, _, _ in cut.windows()] == [*range(4), *range(5, 11)]
    for center, contexts, noise in cut.windows():
        first, last = next(bound for bound in bounds if bound[0] <= center < bound[1])
        reach = max(abs(context - center) for context in contexts)
        assert 1 <= reach <= 3
        around = range(max(first, center - reach), min(last, center + reach + 1))
        assert contexts == [other for other in around if other != center]
        assert set(noise) <= set(range(N_TOKENS))
    for i in range(cut.n):
        contexts = cut.contexts_of(i)
        assert len(contexts) % 2 == 0
        once = contexts[:-1] if contexts[-2:-1] == contexts[-1:] else contexts
        assert once == list(range(once[0], once[-1] + 1))  # each token once, in the order of the text


def test_windows_of_one_minibatch_share_their_noise_and_others_draw_anew():
    cut = CutTogether(windows.cut_minibatches, np.zeros(40, dtype=int), [0, 40], n_centers=4, negative=8)
    noise = [tuple(tokens) for _, _, tokens in cut.windows()]
    assert all(len(set(noise[first : first + 4])) == 1 for first in range(0, 40, 4))
    assert len(set(noise)) == 10


def test_noise_of_minibatches_is_drawn_as_often_as_the_table_says():
    counts = np.array([0, 500, 100, 20, 0, 5, 0, 0, 0, 0, 0, 1])
    n = 40_000
    cut = CutTogether(windows.cut_minibatches, np.full(n, 2), [0, n], window=1, counts=counts)
    drawn = np.bincount(cut.arrays.targets[: cut.n, 2:6].ravel(), minlength=N_TOKENS)
    expected = noise_probabilities(counts) * drawn.sum()
    assert not drawn[expected == 0].any()
    used = expected > 0
    chi_square = ((drawn[used] - expected[used]) ** 2 / expected[used]).sum()
    assert chi_square < 18.5  # 4 degrees of freedom, once in a thousand


def test_tokens_of_minibatches_are_given_as_rows_of_their_tables():
    row_in = np.arange(N_TOKENS, dtype=np.int32) + 100
    row_out = np.arange(N_TOKENS, dtype=np.int32) + 200
    plain = CutTogether(windows.cut_minibatches, TEXT, OFFSETS)
    moved = CutTogether(windows.cut_minibatches, TEXT, OFFSETS, row_in=row_in, row_out=row_out)
    assert plain.windows()
    for (center, contexts, noise), as_rows in zip(plain.windows(), moved.windows(), strict=True):
        assert as_rows == (center + 200, [c + 100 for c in contexts], [t + 200 for t in noise])


def test_documents_of_one_token_give_no_minibatch():
    assert CutTogether(windows.cut_minibatches, [0, 1, 2], [0, 1, 2, 3]).n == 0
