"""What tovec compare prints: what was decided, the figures, groups of tokens, and what moved most."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tovec.cli.output import say, shown
from tovec.cli.tables import Cell, print_table, print_title
from tovec.counted import counted

if TYPE_CHECKING:
    from tovec.comparison.comparison import Comparison, Moved
    from tovec.comparison.groups import Group
    from tovec.embedding import Embedding
    from tovec.text.vocabulary import Vocabulary
    from tovec.vectors.table import Ids

SHOWN = 30  # moved tokens, for people
SHOWN_NAMES = 8  # of tokens that one table alone has
SHOWN_NEIGHBORS = 4
LEAST_GROUP = 5  # tokens: the median of fewer says little

Names = tuple[str, str]

FIGURES = (
    *("moved", "moved_share", "median_movement", "largest_movement", "overlap", "scale"),
    *("removed", "added", "not_finite"),
)


def figures_of(found: "Comparison") -> Mapping[str, float]:
    """Return FIGURES by name, as --fail-under and --fail-over have them."""
    known = found.movement[np.isfinite(found.movement)]
    overlap = 1.0 if found.overlap is None else found.overlap.share
    return {
        "moved": len(found),
        "moved_share": len(found) / max(len(known), 1),
        "median_movement": float(np.median(known)),
        "largest_movement": float(known.max()),
        "overlap": overlap,
        "scale": found.scale,
        "removed": len(found.matching.removed),
        "added": len(found.matching.added),
        "not_finite": len(found.not_finite),
    }


def comparison_json(found: "Comparison", sources: Names, k: int | None) -> dict[str, Any]:
    """Return what was found, as JSON values; `results` are the first `k`, or all."""
    tokens_a, tokens_b = found.a.vocabulary.tokens, found.b.vocabulary.tokens
    coordinates, overlap = found.coordinates, found.overlap
    return {
        "results": [_entry(found.result(place)) for place in found.moved[:k].tolist()],
        "a": sources[0],
        "b": sources[1],
        "equal": found.is_equal,
        "tokens": {
            "common": len(found.matching),
            "matched": found.matching.how,
            "removed": [tokens_a[row] for row in found.matching.removed.tolist()],
            "added": [tokens_b[row] for row in found.matching.added.tolist()],
        },
        "coordinates": {
            "kind": coordinates.kind.value,
            "is_given": coordinates.is_given,
            "cosine": coordinates.cosine,
            "rotated": coordinates.rotated,
            "fitted": coordinates.n_fitted,
            "held_out": coordinates.n_held_out,
        },
        "scale": {"value": found.scale, "rows": found.n_together},
        "noise": {"median": float(np.median(found.noise)), "from": found.noise_from},
        "not_finite": [tokens_b[int(found.matching.ids_b[place])] for place in found.not_finite.tolist()],
        "neighbors": found.k,
        "overlap": None if overlap is None else {**overlap._asdict(), "seed": found.seed},
        "groups": {name: [group._asdict() for group in groups] for name, groups in found.groups.items()},
        "figures": dict(figures_of(found)),
    }


def print_comparison(found: "Comparison", sources: Names, k: int | None, markdown: bool) -> None:
    """Print what was found, for people."""
    for line in _head(found, sources):
        say(line)
    if found.is_equal:
        return
    for line in _lines(found):
        say(line)
    for name, groups in found.groups.items():
        large = [group for group in groups if group.n >= LEAST_GROUP]
        if large:
            print_title(f"by {name}", markdown)
            heads = ("", "tokens", "movement, median", "moved", "cosine, mean", "neighbors kept")
            print_table(heads, [_group(group) for group in large], markdown)
    if len(found):
        print_title("moved most", markdown)
        vocabulary = found.b.vocabulary
        rows = [_row(found.result(place), vocabulary) for place in found.moved[: k or SHOWN].tolist()]
        print_table(("token", "movement", "cosine", "kept", "left", "joined"), rows, markdown)
        if len(found) > (k or SHOWN):
            say(f"… and {len(found) - (k or SHOWN):,} more; -k {len(found)} prints all")


def _entry(each: "Moved") -> dict[str, Any]:
    return {
        "token": each.token,
        "id_a": each.id_a,
        "id_b": each.id_b,
        "movement": each.movement,
        "noise": each.noise,
        "cosine": each.cosine,
        "kept": each.kept,
        "left": each.left,
        "joined": each.joined,
        "ranks": [{"token": one.token, "a": one.rank_a, "b": one.rank_b} for one in each.neighbors],
    }


def _head(found: "Comparison", sources: Names) -> Iterator[str]:
    from tovec.vectors.derived import stored_type

    for name, source, table in zip(("A", "B"), sources, (found.a, found.b), strict=True):
        yield (
            f"{name}: {source}, {counted(len(table), 'token')} × {table.dim:,}, {stored_type(table.vectors)}"
        )
    matching = found.matching
    if found.is_equal:
        yield "equal: the same tokens, and the same bytes in every row; nothing had to be compared"
        return
    yield f"tokens: {len(matching):,} in both, {matching.how}"
    for name, ids, table in (("A", matching.removed, found.a), ("B", matching.added, found.b)):
        if len(ids):
            yield f"only in {name}: {len(ids):,}: {_named(ids, table)}"


def _lines(found: "Comparison") -> Iterator[str]:
    from tovec.comparison.coordinates import Kind

    n = len(found.matching) - len(found.not_finite)
    yield found.coordinates.line
    agreeing = (
        f", which {found.n_together:,} of {counted(n, 'row agrees', 'rows agree')} on"
        if found.n_together
        else ", the median of how much rows grew"
    )
    yield f"scale: {found.scale:.6g}{agreeing}"
    yield f"noise: {found.noise_from}; {_length(float(np.median(found.noise)))} in the median"
    if len(found.not_finite):
        rows = found.matching.ids_b[found.not_finite]
        yield f"NaN or infinity in one of the tables, left out: {len(rows):,}: {_named(rows, found.b)}"
    figures = figures_of(found)
    n_equal = int((found.movement == 0).sum())
    they = "is exactly where it was" if n_equal == 1 else "are exactly where they were"
    same = f"; {n_equal:,} {they}" if n_equal else ""
    median, most = (_length(figures[name]) for name in ("median_movement", "largest_movement"))
    share = f"{len(found):,} of {n:,} ({figures['moved_share']:.1%})"
    yield (
        f"moved beyond noise: {share}; movement {median} in the median, {most} at most, in parts of the mean "
        f"length of rows{same}"
    )
    if found.coordinates.kind is Kind.ROTATED and not found.n_runs:
        yield "two trainings differ everywhere by chance; --runs SOURCE says by how much"
    overlap = found.overlap
    if overlap is not None and overlap.n and found.k:
        which = f"all {counted(overlap.n, 'token')}"
        interval = ""
        if overlap.n < overlap.of:
            which = f"{overlap.n:,} of {counted(overlap.of, 'token')}, drawn by seed {found.seed}"
            interval = f" (95 %: {overlap.low:.1%} to {overlap.high:.1%})"
        recall = "" if overlap.recall == 1.0 else f"; {overlap.recall:.0%} of true neighbors were found"
        share = f"{overlap.share:.1%}{interval} of the {found.k:,} nearest"
        yield f"neighbors: {share} stayed, over {which}{recall}"


def _named(ids: "Ids", table: "Embedding") -> str:
    more = ", …" if len(ids) > SHOWN_NAMES else ""
    return ", ".join(shown(table.vocabulary.readable(row)) for row in ids[:SHOWN_NAMES].tolist()) + more


def _length(movement: float) -> str:
    return f"{movement:.2g}" if movement < 0.1 else f"{movement:.2f}"


def _group(group: "Group") -> list[Cell]:
    kept = f"{group.overlap:.1%} of {group.n_measured:,}" if group.n_measured else "-"
    return [
        group.name,
        group.n,
        _length(group.movement),
        f"{group.share_moved:.1%}",
        f"{group.cosine:.4f}",
        kept,
    ]


def _row(each: "Moved", vocabulary: "Vocabulary") -> list[Cell]:
    kept = "-" if each.kept is None or not each.k else f"{each.kept} of {each.k}"
    token = shown(vocabulary.readable(each.id_b))
    lists = (_some(each.left, vocabulary), _some(each.joined, vocabulary))
    return [token, _length(each.movement), f"{each.cosine:.4f}", kept, *lists]


def _some(tokens: Sequence[str], vocabulary: "Vocabulary") -> str:
    names = [shown(vocabulary.readable(vocabulary.id(token))) for token in tokens[:SHOWN_NEIGHBORS]]
    return ", ".join(names) + (", …" if len(tokens) > SHOWN_NEIGHBORS else "")
