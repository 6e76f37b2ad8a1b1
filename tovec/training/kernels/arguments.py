"""Arguments that kernels take together, under names. numba passes tuples on as it passes their members.

Kernels take tuples apart before their loops: a look into one inside a loop counts references to its
arrays, which is slow. A tuple has to have exactly the types that its kernel was compiled for (types.py):
arrays that may be written to, also where a kernel only reads them. What may be mapped read-only from a file
is an argument of its own.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float32]
Rows = NDArray[np.int32]


class WindowArrays(NamedTuple):
    """The windows of a block; see windows.cut.

    contexts: rows of the input table; window i has contexts[ends[i]:ends[i] + sizes[i]]. Where their number
    is odd, the last one is there twice, before ends[i + 1]. left: (n,), how many contexts stand before the
    center. targets: (n, >= 1 + negative), rows of the output table: the center, then the noise, then the
    center again.
    """

    contexts: Rows
    ends: Rows
    sizes: Rows
    left: Rows
    targets: Rows


class MinibatchArrays(NamedTuple):
    """The minibatches of a block, each the windows of a few centers in a row; see windows.cut_minibatches.

    contexts: rows of the input table; minibatch i has contexts[ends[i]:ends[i + 1]], each token of its
    windows once, in the order of the text. Where their number is odd, the last one is there twice. spans:
    (n, n_centers, 3), for each window: contexts span[0] to span[1] of the minibatch are in it, but for
    span[2], the center itself. A window of no contexts is empty. targets: (n, n_centers + negative and more),
    rows of the output table: the centers, then the noise that all of them share, then the first center again.
    """

    contexts: Rows
    ends: Rows
    spans: Rows
    targets: Rows


class Draws(NamedTuple):
    """What windows are drawn from.

    keep: (n_tokens,) uint32, see rng.keep_some. noise: (n_tokens, 2) uint32, see rng.draw_noise. row_in,
    row_out: (n_tokens,) int32, the row of each token in the two tables. state: (1,) uint64, of the generator.
    """

    keep: NDArray[np.uint32]
    noise: NDArray[np.uint32]
    row_in: Rows
    row_out: Rows
    state: NDArray[np.uint64]


class Kept(NamedTuple):
    """The ids that sampling leaves in. ids: (n,) int32. bounds: (n, 2) int32, of the document of each."""

    ids: Rows
    bounds: Rows


class Tables(NamedTuple):
    """What training changes: flat tables, (rows * width,) float32, group by group of columns.

    columns: (n_groups + 1,) int32, where the groups of columns begin and end. positions: the vectors of
    positions; empty where there are none.
    """

    inputs: Reals
    outputs: Reals
    positions: Reals
    columns: Rows


class Share(NamedTuple):
    """What one call trains: windows `first` to `stop`, columns of groups `group` to `groups_end`.

    n_threads calls with the same SharedArrays own the groups between them and go in step. rate: float32.
    """

    first: int
    stop: int
    group: int
    groups_end: int
    n_threads: int
    rate: np.float32


class SharedArrays(NamedTuple):
    """What the calls that go in step share besides windows and tables.

    owners: (batch,) int32, the group whose call turns the scores of each window of a batch into gradients.
    arrivals: (n,) int64, zero at the start; the one in the middle counts. tiles: (n_groups + 1, batch, room
    for a window) float32, scores by group, and summed. loss: (n_groups + 1, any) float64; row 1 + g gets the
    loss of the windows that group g owns.
    """

    owners: Rows
    arrivals: NDArray[np.int64]
    tiles: Reals
    loss: NDArray[np.float64]


class Slots(NamedTuple):
    """By slot of a minibatch's tiles: label, 1 or -1; weight, scratch, how much each pair counts.

    shares: by window and slot of the tiles of two contexts, how much the pairs of a window count: 1 with its
    center, noise_weight, float32, with noise, 0 with others; changed and restored for each minibatch.
    """

    label: Reals
    weight: Reals
    shares: Reals
    noise_weight: np.float32


class TokenRows(NamedTuple):
    """Token i stands for the rows members[bounds[i]:bounds[i + 1]] of the input table; int32 and int64."""

    members: Rows
    bounds: NDArray[np.int64]


class MeanInputRules(NamedTuple):
    """How a window becomes an example; see mean_input.train.

    window, negative: as for windows.cut. negative_weight: float32, of noise, for each positive that it is
    noise for. from_center: the center is the input and its contexts are the positives; otherwise the
    contexts are the input and the center is the positive. is_weighted: positions have vectors.
    input_rate_scale, position_rate_scale: float32, how many times as far as the gradient says input rows and
    vectors of positions move.
    """

    window: int
    negative: int
    negative_weight: np.float32
    from_center: bool
    is_weighted: bool
    input_rate_scale: np.float32
    position_rate_scale: np.float32


class MeanInputScratch(NamedTuple):
    """Room of each call's own.

    numbers: 0 … batch - 1, int32. targets: (batch * targets of the widest window,) int32. label, weight: by
    slot of the widest window, zero where nothing is written. hidden: (batch * width,) float32. gradient:
    (1, width). sums: (2 * window, width).
    """

    numbers: Rows
    targets: Rows
    label: Reals
    weight: Reals
    hidden: Reals
    gradient: Reals
    sums: Reals


class GloveSide(NamedTuple):
    """One side of a block of GloVe's: vectors and their sums, (n_rows, width); biases and theirs, (n_rows,).

    All float32 and changed in place; sums are those of squared steps, which AdaGrad divides by.
    """

    vectors: Reals
    biases: Reals
    vector_sums: Reals
    bias_sums: Reals


class GloveRules(NamedTuple):
    """float32 numbers: the count from which all weigh the same, the power below it, the learning rate."""

    x_max: np.float32
    power: np.float32
    rate: np.float32


class Occurrences(NamedTuple):
    """Where some tokens occur; see cooccurrence.find_occurrences. first: the first of these tokens."""

    first: int
    bounds: NDArray[np.int64]
    places: NDArray[np.int64]
    lefts: Rows
    rights: Rows


class RowSums(NamedTuple):
    """One row of counts while it is added up; see cooccurrence.add_window.

    sums: (n_tokens,) float64, zero before and after. found: (n_tokens + 1,) int32, the columns that are not
    zero; one place more than needed. weights: float64, by distance.
    """

    sums: NDArray[np.float64]
    found: Rows
    weights: NDArray[np.float64]


class CountedRows(NamedTuple):
    """Counts that were added up, upper triangle alone. rows, columns: int32. counts: float32."""

    rows: Rows
    columns: Rows
    counts: Reals
