"""What `tovec measure --geometry` prints: figures, tables of lengths, and explanations."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tovec.cli.output import say, shown
from tovec.cli.tables import Cell, print_table, print_title
from tovec.counted import counted

if TYPE_CHECKING:
    from tovec.measures.geometry import Geometry, Lengths
    from tovec.text.vocabulary import Vocabulary

PARTS_OF_VARIANCE = (0.5, 0.9, 0.99)
FIRST_AXES = 5
SHOWN_PAIRS, SHOWN_HUBS = 5, 10
LABELS: Mapping[str, str] = {
    "norm": "length, median",
    "mean_cosine": "mean cosine",
    "iso_score": "IsoScore",
    "participation_rank": "participation ratio",
    "entropy_rank": "effective rank",
    "partition_isotropy": "partition isotropy",
    "log_partition_isotropy": "  its logarithm",
    "unit_partition_isotropy": "  of rows at length 1",
    "hubness_skewness": "hubness, skewness",
    "antihub_share": "antihubs, share",
    "robin_hood": "Robin-Hood index",
    "zero_rows": "rows of zeros",
    "not_finite_rows": "rows with NaN or infinity",
    "constant_rows": "rows of one number",
    "identical_rows": "identical rows",
    "near_identical_share": "nearly identical, share",
}
COUNTS = ("zero_rows", "not_finite_rows", "constant_rows", "identical_rows")


def print_geometry(geometry: "Geometry", vocabulary: "Vocabulary", markdown: bool = False) -> None:
    """Print what was found, for people."""
    by_counts = "" if geometry.n_counted == geometry.n_rows else f", {geometry.n_counted:,} with a direction"
    say(f"{counted(geometry.n_rows, 'row')} × {geometry.dim:,}{by_counts}")
    figures = geometry.figures.items()
    print_table(
        ("figure", "value"), [(LABELS[name], _figure(name, value)) for name, value in figures], markdown
    )
    for note in _notes(geometry, vocabulary):
        say(note)
    for name, groups in geometry.groups.items():
        print_title(f"length by {name}", markdown)
        rows = [_lengths(each, geometry.n_rows) for each in (geometry.lengths, *groups)]
        print_table(("", "rows", "share", "5 %", "median", "95 %"), rows, markdown)


def geometry_json(geometry: "Geometry", tokens: Sequence[str]) -> dict[str, Any]:
    """Return what was found, as JSON values."""
    return {
        "n_rows": geometry.n_rows,
        "dim": geometry.dim,
        "n_counted": geometry.n_counted,
        "k": geometry.k,
        "near": geometry.near,
        "n_queries": geometry.n_queries,
        "n_compared": geometry.n_compared,
        "seed": geometry.seed,
        "figures": dict(geometry.figures),
        "lengths": geometry.lengths._asdict(),
        "groups": {name: [each._asdict() for each in groups] for name, groups in geometry.groups.items()},
        "spectrum": geometry.spectrum.tolist(),
        "rows": geometry.rows.counts(tokens),
        "near_identical": [[tokens[a], tokens[b]] for a, b in geometry.near_identical.tolist()],
    }


def _figure(name: str, value: float | None) -> Cell:
    return int(value) if value is not None and name in COUNTS else value


def _notes(geometry: "Geometry", vocabulary: "Vocabulary") -> Iterator[str]:
    yield _spectrum(geometry)
    which = "all with all"
    if geometry.is_sampled:
        which = (
            f"{counted(geometry.n_queries, 'row')} drawn by seed {geometry.seed} with all "
            f"{geometry.n_compared:,}"
        )
    yield f"hubness and nearly identical rows: {which}, k = {geometry.k}, cosine from {geometry.near:g}"
    pairs = geometry.near_identical[:SHOWN_PAIRS].tolist()
    if pairs:
        named = ", ".join(
            f"{shown(vocabulary.readable(a))} ≈ {shown(vocabulary.readable(b))}" for a, b in pairs
        )
        more = ", …" if len(geometry.near_identical) > SHOWN_PAIRS else ""
        yield f"nearly identical: {named}{more}"
    yield from geometry.rows.lines(lambda row: shown(vocabulary.readable(row)))


def _spectrum(geometry: "Geometry") -> str:
    if not geometry.spectrum.any():
        return "spectrum: the rows have no variance"
    spread = np.cumsum(geometry.spectrum)
    axes = ", ".join(
        f"{int(np.searchsorted(spread, part)) + 1:,} hold {part:.0%}" for part in PARTS_OF_VARIANCE
    )
    first = ", ".join(f"{share:.1%}" for share in geometry.spectrum[:FIRST_AXES])
    return f"spectrum: the first axes have {first} of the variance; {axes}"


def _lengths(lengths: "Lengths", n_rows: int) -> tuple[Cell, ...]:
    return (lengths.name, lengths.n_rows, lengths.n_rows / n_rows, *lengths[2:])
