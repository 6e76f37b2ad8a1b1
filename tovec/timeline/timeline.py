"""The tables of several moments, with the same tokens in the same rows."""

import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from tovec.counted import are, counted
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, TovecError
from tovec.text.vocabulary import Vocabulary
from tovec.timeline.moment import Moment
from tovec.vectors.cosine import unit_rows
from tovec.vectors.derived import DerivedTable
from tovec.vectors.keys import Key


class Timeline(Sequence[Embedding]):
    """An embedding for each of several moments; all have one vocabulary and one dim.

    Indexed by number or by name; rows are read when they are asked for. moments: what is known of each, in
    order. unit: what their progress is counted in, "ids" or "steps", "" where it is unknown. findings: what a
    reader should know, a line each: tokens or moments that were left out.
    Made by `tovec.open_timeline`, or from tables in memory by `Timeline.from_embeddings`.

    >>> import tovec
    >>> before = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [0, 1], [1, 0.1]])
    >>> after = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 0.1], [0, 1]])
    >>> timeline = tovec.Timeline.from_embeddings([before, after], names=["2023", "2024"])
    >>> timeline.similarity("cat", "dog").round(2).tolist()
    [0.0, 1.0]
    """

    def __init__(
        self,
        embeddings: Sequence[Embedding],
        moments: Sequence[Moment],
        *,
        unit: str = "",
        findings: Iterable[str] = (),
    ) -> None:
        if not embeddings:
            raise TovecError("a timeline needs the table of one moment at least")
        if len(moments) != len(embeddings):
            raise BadSetting(
                "moments",
                f"{counted(len(moments), 'moment')}",
                f"one for each of {counted(len(embeddings), 'table')}",
            )
        names = [moment.name for moment in moments]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise BadSetting("moments", f"{twice!r} twice", "a name of its own for each")
        self.moments = tuple(moments)
        self.unit = unit
        self._embeddings, dropped = _with_common_tokens(embeddings)
        self.findings = (*findings, *dropped)

    @classmethod
    def from_embeddings(
        cls,
        embeddings: Iterable[Embedding],
        names: Sequence[str] | None = None,
        *,
        losses: Sequence[float | None] | None = None,
        progress: Sequence[float | None] | None = None,
        unit: str = "",
    ) -> "Timeline":
        """Return the timeline of these tables, the earliest first; they are not copied.

        names: of the moments, by default "1", "2", …. losses, progress: one for each, None where unknown.
        Tokens that are not in all tables are left out, which `findings` says. Their order, counts and
        tokenizer are those of the last table.
        Raises TovecError for no tables and for tables without a common token, BadSetting where they differ in
        dim, or for lists of another length.
        """
        tables = list(embeddings)
        for each in tables:
            check_embedding("embeddings", each)
        for setting, given in (("names", names), ("losses", losses), ("progress", progress)):
            if given is not None and len(given) != len(tables):
                raise BadSetting(
                    setting,
                    f"{counted(len(given), 'value')}",
                    f"one for each of {counted(len(tables), 'table')}",
                )
        moments = [
            Moment(
                name=str(number + 1) if names is None else str(names[number]),
                progress=None if progress is None else progress[number],
                loss=None if losses is None else losses[number],
            )
            for number in range(len(tables))
        ]
        return cls(tables, moments, unit=unit)

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens of all moments, with the counts of the last."""
        return self._embeddings[-1].vocabulary

    @property
    def tokens(self) -> Sequence[str]:
        """The tokens, in the order of their ids."""
        return self.vocabulary.tokens

    @property
    def n_tokens(self) -> int:
        """The number of tokens, and of rows at each moment."""
        return len(self.vocabulary)

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._embeddings[-1].dim

    @property
    def losses(self) -> NDArray[np.float64]:
        """The training loss of each moment, (n_moments,), NaN where it is unknown."""
        return np.array([np.nan if each.loss is None else each.loss for each in self.moments])

    def __len__(self) -> int:
        return len(self._embeddings)

    @overload
    def __getitem__(self, moment: int | str) -> Embedding: ...
    @overload
    def __getitem__(self, moment: slice) -> Sequence[Embedding]: ...
    def __getitem__(self, moment: int | str | slice) -> Embedding | Sequence[Embedding]:
        """Return the embedding of a moment, by its number or name. Raises BadSetting for an unknown name."""
        if isinstance(moment, str):
            names = [each.name for each in self.moments]
            if moment not in names:
                raise BadSetting("moment", moment, f"one of {', '.join(names)}")
            moment = names.index(moment)
        return self._embeddings[moment]

    def __iter__(self) -> Iterator[Embedding]:
        return iter(self._embeddings)

    def __repr__(self) -> str:
        first, last = self.moments[0].name, self.moments[-1].name
        n = len(self)
        return (
            f"Timeline({counted(n, 'moment')}, {first!r} to {last!r}: "
            f"{counted(self.n_tokens, 'token')} × {counted(self.dim, 'dimension')})"
        )

    def _repr_html_(self) -> str:
        from tovec.display import table_card

        last = self[-1]
        n, first = len(self), self.moments[0].name
        moments = [("moments", f"{n}, {first} to {self.moments[-1].name}; below, the last of them")]
        return table_card("Timeline", last.vocabulary, last.vectors, last.provenance, moments)

    def vectors_of(self, token: Key) -> NDArray[np.float32]:
        """Return the vector of a token at each moment, (n_moments, dim). Raises UnknownToken."""
        return np.concatenate([each[[token]] for each in self])

    def similarity(self, a: Key, b: Key) -> NDArray[np.float64]:
        """Return the cosine of two tokens at each moment, (n_moments,), 0 where either has no direction.

        Raises UnknownToken.
        """
        first, second = (unit_rows(self.vectors_of(token)) for token in (a, b))
        return np.asarray(np.einsum("md,md->m", first, second).clip(-1.0, 1.0))


def _with_common_tokens(embeddings: Sequence[Embedding]) -> tuple[list[Embedding], list[str]]:
    """Return the embeddings with the tokens that all of them have, and lines on what was left out."""
    last = embeddings[-1]
    for each in embeddings:
        if each.dim != last.dim:
            raise BadSetting(
                "embeddings", f"{each.dim} and {counted(last.dim, 'dimension')}", "tables of one dim"
            )
    vocabularies = {id(each.vocabulary): each.vocabulary for each in embeddings}
    if all(_same_tokens(each, last.vocabulary) for each in vocabularies.values()):
        return list(embeddings), []
    rows = {number: each.find(last.vocabulary.tokens) for number, each in vocabularies.items()}
    common = np.flatnonzero(np.all([found >= 0 for found in rows.values()], axis=0))
    if not common.size:
        raise TovecError("the tables of a timeline need tokens in common, and these have none")
    vocabulary = last.vocabulary.select(common)
    found = [
        Embedding(
            vocabulary,
            DerivedTable(each.vectors, len(common), rows[id(each.vocabulary)][common]),
            last.tokenizer,
            provenance=each.provenance,
        )
        for each in embeddings
    ]
    n_all = len(set().union(*(each.tokens for each in vocabularies.values())))
    return found, [
        f"{len(common):,} of {counted(n_all, 'token')} {are(len(common))} in all "
        f"{counted(len(embeddings), 'table')}; the others are left out"
    ]


def _same_tokens(a: Vocabulary, b: Vocabulary) -> bool:
    return a is b or (len(a) == len(b) and all(map(operator.eq, a.tokens, b.tokens)))
