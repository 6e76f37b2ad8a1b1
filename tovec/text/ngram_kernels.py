"""Inner loops of the vectors that n-grams give tokens. Compiled by numba; no checks, no allocation."""

from tovec.compiled import compiled


@compiled()
def add_runs(rows, bounds, sums):
    """Add rows[bounds[i]:bounds[i + 1]] to sums[i].

    rows: (n_rows, dim) float32. bounds: (n + 1,) int64. sums: (n, dim) float64.
    """
    for i in range(sums.shape[0]):
        for row in range(bounds[i], bounds[i + 1]):
            for d in range(sums.shape[1]):
                sums[i, d] += rows[row, d]


@compiled()
def sum_members(table, members, bounds, sums):
    """Set sums[i] to the sum of the rows members[bounds[i]:bounds[i + 1]] of `table`.

    table: (n_rows, dim) float32. members: (n_members,) int32. bounds: (n + 1,) int64. sums: (n, dim) float32.
    """
    for i in range(sums.shape[0]):
        sums[i] = 0.0
        for place in range(bounds[i], bounds[i + 1]):
            row = members[place]
            for d in range(sums.shape[1]):
                sums[i, d] += table[row, d]
