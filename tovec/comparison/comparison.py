"""Two tables compared, token by token: what moved, how far, and which neighbors stayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from tovec.checks import whole_number
from tovec.comparison.coordinates import Coordinates, Kind, coordinates_of
from tovec.comparison.groups import Group, groups_of
from tovec.comparison.matching import Matching, match, named_alike
from tovec.comparison.movement import movement_of
from tovec.comparison.neighbors import NeighborChange, Neighbors, Overlap, neighbors_of
from tovec.comparison.run_noise import noise_of_runs
from tovec.comparison.union import Union, union_of
from tovec.counted import counted
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, TovecError
from tovec.foreign_names import explains_keywords
from tovec.progress import Reporter, StageReporter
from tovec.vectors.derived import DerivedTable, MappedTable, stored_type
from tovec.vectors.same_bytes import have_same_bytes
from tovec.vectors.table import Ids, Rows, Vectors

GIVEN: Mapping[str, Kind | None] = {"auto": None, "shared": Kind.SHARED, "rotated": Kind.ROTATED}


@dataclass(frozen=True)
class Moved:
    """A token that moved beyond noise.

    id_a, id_b: its rows. movement: in parts of the mean length of rows, after the common scale. noise: what
    it exceeds. cosine: of both rows. kept: how many of the `k` nearest are the same in both tables; None, and
    no neighbors, where they were not searched. neighbors: what is among the nearest in either table, with its
    places in both.
    """

    token: str
    id_a: int
    id_b: int
    movement: float
    noise: float
    cosine: float
    kept: int | None
    k: int
    neighbors: Sequence["RankedNeighbor"]

    @property
    def left(self) -> list[str]:
        """The neighbors that it had and has no more."""
        return [each.token for each in self.neighbors if each.rank_b is None or each.rank_b > self.k]

    @property
    def joined(self) -> list[str]:
        """The neighbors that it has and did not have."""
        return [each.token for each in self.neighbors if each.rank_a is None or each.rank_a > self.k]


@dataclass(frozen=True)
class RankedNeighbor:
    """A neighbor and its place among the nearest in each table, from 1; None: farther than was ranked."""

    token: str
    rank_a: int | None
    rank_b: int | None


MOST_SHOWN = 12  # of the tokens that moved, in a notebook


@dataclass(frozen=True)
class Comparison:
    """Two tables compared; it has as many items as `results`, the tokens that moved beyond noise.

    matching: which rows are of the same token; arrays of (n_common,) are in its order. coordinates: whether
    both share them, and the figures that decided it. scale: what all rows were multiplied by. movement: how
    far each lies from where the scale would have put it, in parts of the mean length of b's rows; NaN where a
    row is not finite. cosine: of the rows of each token. noise: how far each could have moved without having
    changed; noise_from: what that is made of; n_runs: of how many runs, 0 for rounding alone. moved: places
    in the matching of the tokens beyond it, most moved first. not_finite: places of tokens with NaN or
    infinity in one of the tables. neighbors: those of the tokens that moved most and of a random sample;
    overlap: how many of the k nearest stayed, over that sample. groups: by "script" and "frequency".
    is_equal: whether both tables are the same bytes, so that nothing was compared.
    """

    a: Embedding
    b: Embedding
    names: tuple[str, str]
    matching: Matching = field(repr=False)
    coordinates: Coordinates
    scale: float
    n_together: int
    noise: Rows = field(repr=False)
    noise_from: str
    n_runs: int
    movement: Rows = field(repr=False)
    cosine: Rows = field(repr=False)
    moved: Ids = field(repr=False)
    not_finite: Ids = field(repr=False)
    neighbors: Neighbors | None = field(repr=False)
    groups: Mapping[str, Sequence[Group]] = field(repr=False)
    k: int
    seed: int
    is_equal: bool

    def __len__(self) -> int:
        return len(self.moved)

    def _repr_html_(self) -> str:
        from tovec.display import shown, table_card

        first, second = self.names
        moved = [
            shown(self.b.vocabulary, row) for row in self.matching.ids_b[self.moved[:MOST_SHOWN]].tolist()
        ]
        n_common, n_moved = len(self.matching.ids_b), len(self.moved)
        facts = [
            ("first", f"{first}, {counted(self.a.n_tokens, 'token')}"),
            ("second", f"{second}, {counted(self.b.n_tokens, 'token')}; below, this one"),
            ("in both", "the same numbers" if self.is_equal else f"{counted(n_common, 'token')}"),
            ("moved", f"{n_moved:,}: {' · '.join(moved)}{' …' * (n_moved > MOST_SHOWN)}" if n_moved else ""),
        ]
        return table_card("Comparison", self.b.vocabulary, self.b.vectors, self.b.provenance, facts)

    @property
    def overlap(self) -> Overlap | None:
        """The share of the k nearest that stayed, over the sample; None where nothing was compared."""
        return None if self.neighbors is None else self.neighbors.overlap()

    @cached_property
    def results(self) -> Sequence[Moved]:
        """The tokens that moved beyond noise, most moved first."""
        return [self.result(place) for place in self.moved.tolist()]

    def result(self, place: int) -> Moved:
        """Return what became of one common token, moved or not. place: in the matching."""
        tokens, ids_b = self.b.vocabulary.tokens, self.matching.ids_b
        row = None if self.neighbors is None else self.neighbors.row_of(place)
        changes: list[NeighborChange] = []
        kept = None
        if self.neighbors is not None and row is not None:
            changes, kept = self.neighbors.changes(row), int(self.neighbors.kept[row])
        return Moved(
            token=tokens[int(ids_b[place])],
            id_a=int(self.matching.ids_a[place]),
            id_b=int(ids_b[place]),
            movement=float(self.movement[place]),
            noise=float(self.noise[place]),
            cosine=float(self.cosine[place]),
            kept=kept,
            k=self.k,
            neighbors=[
                RankedNeighbor(tokens[int(ids_b[each.place])], each.rank_a, each.rank_b) for each in changes
            ],
        )

    @property
    def aligned(self) -> Vectors:
        """The rows of a in b's space, lazy: scaled, and rotated where the tables are."""
        if self.coordinates.map is None:
            return DerivedTable(self.a.vectors, len(self.a), weights=self.scale)
        center_a, rotation, center_b = self.coordinates.map
        matrix = self.scale * rotation
        return MappedTable(self.a.vectors, matrix, center_b - center_a @ matrix)

    def union(self) -> Union:
        """Return all tokens of both tables, and both tables over them in b's space."""
        return union_of(self.a.vocabulary, self.b.vocabulary, self.aligned, self.b.vectors, self.matching)


@explains_keywords()
def compare(
    a: Embedding,
    b: Embedding,
    *,
    names: tuple[str, str] = ("A", "B"),
    coordinates: Literal["auto", "shared", "rotated"] = "auto",
    runs: Sequence[Embedding] = (),
    sample: int = 2_000,
    k: int = 10,
    all_neighbors: bool = False,
    seed: int = 0,
    report: Reporter | None = None,
) -> Comparison:
    """Return what moved from `a` to `b`: two models, two copies of one, two of its tables, two trainings.

    Tokens are the same by name, or by the bytes of text that they stand for where the tables spell
    differently; a table without names takes those of the other, row by row. coordinates: "shared" for a model
    and what was fine-tuned or converted from it, which are never rotated; "rotated" for two trainings, which
    are brought together by an orthogonal map; "auto" decides by how near tokens lie to themselves. Movement
    is what is left after the best common scale, in parts of the mean length of rows. A token has moved where
    this exceeds what the number types of both tables round to, or, with `runs`, further tables of a's
    training with other seeds, what chance does.
    The `k` nearest neighbors are compared for the 1,000 tokens that moved most and for `sample` others drawn
    by `seed`; for all with `all_neighbors`. report: called with the stages.
    Tables are read block by block and never copied.
    Raises TovecError where the tables differ in dim or have no token in common, BadSetting for settings.

    >>> before = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
    >>> after = tovec.Embedding(["mat", "dog", "cat", "cow"], [[0, 1], [1, 1], [0.5, 1], [1, 0]])
    >>> [each.token for each in tovec.compare(before, after).results]
    ['cat']
    """
    check_embedding("a", a)
    check_embedding("b", b)
    if isinstance(runs, Embedding):
        raise TovecError("runs are a list of Embeddings, also where it is one: runs=[run]")
    for at, run in enumerate(runs):
        check_embedding(f"runs[{at}]", run)
    sample, k = whole_number("sample", sample, 1), whole_number("k", k, 1)
    seed = whole_number("seed", seed, 0)
    if coordinates not in GIVEN:
        raise BadSetting("coordinates", coordinates, f"one of {', '.join(GIVEN)}")
    if a.dim != b.dim:
        raise TovecError(
            f"{names[0]} has {counted(a.dim, 'dimension')} and {names[1]} {b.dim:,}, so "
            "rows cannot be compared; "
            "tovec align maps one into the space of the other"
        )
    progress = StageReporter(report)
    a, b = named_alike(a, b)
    matching = match(a, b)
    if not len(matching):
        raise TovecError(
            f"{names[0]} and {names[1]} have no token in common, neither by name nor by the bytes of text: "
            f"{_first(a)} against {_first(b)}; if rows lack their names, give a `tokenizer`"
        )
    if matching.is_in_place and have_same_bytes(a.vectors, b.vectors):
        return _equal(a, b, names, matching, k, seed)
    found = coordinates_of(a, b, matching, GIVEN[coordinates], progress)
    moved = movement_of(a.vectors, b.vectors, matching, found, progress)
    if not np.isfinite(moved.movement).any():
        raise TovecError(
            f"every row that {names[0]} and {names[1]} have in common holds NaN or infinity in one of them"
        )
    noise, noise_from = moved.noise, moved.noise_from
    if runs:
        noise = noise_of_runs(a, runs, progress)[matching.ids_a]
        noise_from = f"how far tokens move between {names[0]} and {len(runs)} more of its runs"
    is_moved = moved.movement > noise
    beyond = np.flatnonzero(is_moved)
    neighbors = neighbors_of(
        a.vectors,
        b.vectors,
        matching.ids_a,
        matching.ids_b,
        moved.movement,
        moved.has_direction,
        k=k,
        sample=sample,
        all_neighbors=all_neighbors,
        seed=seed,
        report=report,
    )
    return Comparison(
        a=a,
        b=b,
        names=names,
        matching=matching,
        coordinates=found,
        scale=moved.scale,
        n_together=moved.n_together,
        noise=noise,
        noise_from=noise_from,
        n_runs=len(runs),
        movement=moved.movement,
        cosine=moved.cosine,
        moved=beyond[np.argsort(-moved.movement[beyond], kind="stable")],
        not_finite=np.flatnonzero(~np.isfinite(moved.movement)),
        neighbors=neighbors,
        groups=groups_of(b.vocabulary, matching, moved.movement, moved.cosine, is_moved, neighbors),
        k=neighbors.k,
        seed=seed,
        is_equal=False,
    )


def _equal(
    a: Embedding, b: Embedding, names: tuple[str, str], matching: Matching, k: int, seed: int
) -> Comparison:
    """Return the comparison of a table with the same bytes."""
    zeros, nothing = np.zeros(len(matching), dtype=np.float32), np.empty(0, dtype=np.int64)
    return Comparison(
        a=a,
        b=b,
        names=names,
        matching=matching,
        coordinates=Coordinates(Kind.SHARED, 1.0, float("nan"), 0, 0, None, False),
        scale=1.0,
        n_together=len(matching),
        noise=zeros,
        noise_from=stored_type(a.vectors),
        n_runs=0,
        movement=zeros,
        cosine=np.ones(len(matching), dtype=np.float32),
        moved=nothing,
        not_finite=nothing,
        neighbors=None,
        groups={},
        k=k,
        seed=seed,
        is_equal=True,
    )


def _first(embedding: Embedding) -> str:
    return ", ".join(map(repr, embedding.vocabulary.tokens[:3]))
