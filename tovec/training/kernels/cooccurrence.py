"""Inner loops of counting co-occurrences: windows around the occurrences of a token to its row of counts.

Compiled by numba; no checks, no allocation. Every function runs uncompiled too (`.py_func`).
cooccurrence.py says what is counted and how the counts lie on disk.
"""

import numpy as np

from tovec.compiled import compiled


@compiled()
def count_ids(ids, occurrences):
    """Add to occurrences[id], (n_tokens,) int64, how often each id occurs."""
    for at in range(ids.shape[0]):
        occurrences[ids[at]] += 1


@compiled()
def find_occurrences(ids, offsets, last, window, ends, listed):
    """List where the tokens listed.first … last - 1 occur, and how far their windows reach.

    listed: of Occurrences. bounds: (last - first + 1,); token `row` occurs at places[bounds[row - first] :
    bounds[row - first + 1]], positions in ids, ascending. lefts, rights: how many neighbors are on either
    side in the same document, at most `window`. ends: scratch, begins as bounds without its last.
    """
    first, places, lefts, rights = listed.first, listed.places, listed.lefts, listed.rights
    for document in range(offsets.shape[0] - 1):
        start, stop = offsets[document], offsets[document + 1]
        for at in range(start, stop):
            row = ids[at]
            if first <= row and row < last:
                end = ends[row - first]
                places[end] = at
                lefts[end] = min(window, at - start)
                rights[end] = min(window, stop - 1 - at)
                ends[row - first] = end + 1


@compiled(inline="always")
def add_window(ids, at, left, right, row_sums, n_found):
    """Add the window around ids[at] to a row of counts; return how many columns of it are not zero.

    row_sums: of RowSums. n_found: how many were not zero before.
    """
    sums, found, weights = row_sums.sums, row_sums.found, row_sums.weights
    for distance in range(1, left + 1):
        column = ids[at - distance]
        found[n_found] = column  # written in any case: a jump here would be mispredicted half the time
        n_found += sums[column] == 0.0
        sums[column] += weights[distance]
    for distance in range(1, right + 1):
        column = ids[at + distance]
        found[n_found] = column
        n_found += sums[column] == 0.0
        sums[column] += weights[distance]
    return n_found


@compiled(inline="always")
def take_row(row, row_sums, n_found, counted, n):
    """Append a row from the diagonal on to `counted` at n; clear it; return the end."""
    sums, found = row_sums.sums, row_sums.found
    rows, columns, counts = counted
    for k in range(n_found):
        column = found[k]
        if column >= row:
            rows[n], columns[n], counts[n] = row, column, sums[column]
            n += 1
        sums[column] = 0.0
    return n


@compiled()
def count_rows(ids, row, stop, listed, row_sums, partners, counted, n):
    """Count the rows from `row` to stop - 1 or as many as there is room for; return the next row and n.

    listed: see find_occurrences. partners: (n_tokens,) int64, set to the number of columns of each row that
    are not zero. counted: of CountedRows, appended to at n.
    """
    first, bounds, places, lefts, rights = listed
    while row < stop and n + row_sums.sums.shape[0] - row <= counted.rows.shape[0]:
        n_found = 0
        for k in range(bounds[row - first], bounds[row - first + 1]):
            n_found = add_window(ids, places[k], lefts[k], rights[k], row_sums, n_found)
        partners[row] = n_found
        n = take_row(row, row_sums, n_found, counted, n)
        row += 1
    return row, n


@compiled()
def count_row(ids, offsets, row, window, row_sums, partners, counted, n):
    """Count one row by looking through all ids, without a list of occurrences; return n. See count_rows."""
    n_found = 0
    for document in range(offsets.shape[0] - 1):
        start, stop = offsets[document], offsets[document + 1]
        for at in range(start, stop):
            if ids[at] == row:
                left, right = min(window, at - start), min(window, stop - 1 - at)
                n_found = add_window(ids, at, left, right, row_sums, n_found)
    partners[row] = n_found
    return take_row(row, row_sums, n_found, counted, n)


@compiled()
def block_sizes(counted, n, grid, sizes):
    """Add to sizes[p * grid + q] how many entries block (p, q) gets of the first n, see to_blocks."""
    rows, columns = counted.rows, counted.columns
    for k in range(n):
        p, q = rows[k] % grid, columns[k] % grid
        sizes[min(p, q) * grid + max(p, q)] += 1 + (p == q and rows[k] != columns[k])


@compiled(inline="always")
def put(entries, at, row, column, count):
    """Write one entry."""
    entries[at]["row"] = row
    entries[at]["column"] = column
    entries[at]["count"] = count


@compiled()
def to_blocks(counted, n, grid, ends, entries):
    """Sort the first n counts of the upper triangle into the blocks of cooccurrence.py.

    ends: (grid * grid,) int64, where each block begins in `entries`; afterwards where it ends.
    entries: records of row and column, both // grid, and count.
    """
    rows, columns, counts = counted
    for k in range(n):
        row, column = rows[k], columns[k]
        if row % grid > column % grid:
            row, column = column, row
        p, q = row % grid, column % grid
        end = ends[p * grid + q]
        put(entries, end, row // grid, column // grid, counts[k])
        end += 1
        if p == q and row != column:  # a block on the diagonal holds both halves
            put(entries, end, column // grid, row // grid, counts[k])
            end += 1
        ends[p * grid + q] = end


@compiled()
def shuffling_keys(entries, salt, keys):
    """Set keys, (n,) uint64, to numbers that look random and differ for entries of one block.

    The finalizer of SplitMix64 (Steele et al. 2014, "Fast splittable pseudorandom number
    generators"), a bijection, over row, column and salt (uint64).
    """
    for k in range(entries.shape[0]):
        bits = (np.uint64(entries[k]["row"]) << np.uint64(16) | np.uint64(entries[k]["column"])) ^ salt
        bits = (bits ^ bits >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ bits >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        keys[k] = bits ^ bits >> np.uint64(31)
