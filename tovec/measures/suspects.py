"""Tokens that look under-trained, from the tables of a model alone.

What magikarp (Land and Bartolo 2024, arXiv:2405.05417) does before it asks a model: categories of tokens,
reference rows, indicators. It then verifies candidates by prompts; here they stay suspects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.foreign_names import explains_keywords
from tovec.measures.indicator_agreement import Agreement, agreement, agreement_of_copies
from tovec.measures.judged_tables import JudgedTables, judged_tables
from tovec.measures.token_categories import Category
from tovec.models.model import Model
from tovec.text.documents import texts
from tovec.text.training_input import GivenDocuments, TextInput, texts_of_column
from tovec.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Suspect:
    """A token that looks under-trained.

    value: of the indicator that ranks, lower is more suspect; NaN for a row of zeros where it is a distance.
    values: of every indicator, by name. is_reference: whether it is one of the reference rows. is_zero:
    whether its row is all zeros. category: what becomes of its text, None where that is unknown. count: how
    often it occurs in the text that was given, None without one.
    """

    token: str
    id: int
    value: float
    values: Mapping[str, float]
    is_reference: bool
    is_zero: bool
    category: str | None = None
    count: int | None = None


@dataclass(frozen=True)
class Suspects:
    """What `suspects` found; it has as many items as `results`, the most suspect first.

    indicator: the one that ranks, "" where all are blind. threshold: its value up to which a row is a
    suspect; how: how it came about. reference: what the reference rows are, `n_reference` of them, of which
    `n_core` that lie together were compared with. blind: the indicators that say nothing in this table, and
    why. agreement: the other indicators. compared: the same indicators of another copy. categories: how many
    tokens are of each. suspicion: (n_tokens,) how far each row is on the way from an ordinary token, 0, to
    what is surely suspect, 1; NaN where nothing is known. of_text: whether `results` are only of a text.
    """

    results: Sequence[Suspect] = field(repr=False)
    indicator: str
    threshold: float
    how: str
    reference: str
    n_reference: int
    n_core: int
    blind: Mapping[str, str]
    agreement: Sequence[Agreement]
    compared: Sequence[Agreement]
    categories: Mapping[str, int] | None
    notes: Sequence[str]
    suspicion: NDArray[np.float64] = field(repr=False)
    of_text: bool = False

    @property
    def n_tokens(self) -> int:
        """How many rows were looked at."""
        return len(self.suspicion)

    @property
    def headline(self) -> str:
        """How many suspects there are, in one line."""
        n_reference = sum(suspect.is_reference for suspect in self.results)
        among = f", {n_reference:,} of them reference rows" if n_reference else ""
        where = " in the text" if self.of_text else ""
        return (
            f"{counted(len(self), 'suspect')}{where} among "
            f"{counted(self.n_tokens, 'token')}{among}; none is verified"
        )

    @property
    def figures(self) -> dict[str, float]:
        """All figures by name; those of another indicator as "input_cosine.correlation"."""
        found: dict[str, float] = {
            "suspects": len(self),
            "reference_suspects": sum(suspect.is_reference for suspect in self.results),
            "zero_suspects": sum(suspect.is_zero for suspect in self.results),
            "reference_rows": self.n_reference,
            "threshold": self.threshold,
        }
        for prefix, others in (("", self.agreement), ("compared.", self.compared)):
            for each in others:
                found[f"{prefix}{each.name}.correlation"] = each.correlation
                found[f"{prefix}{each.name}.shared"] = each.shared
        return found

    def columns(self, vocabulary: Vocabulary) -> dict[str, list[Any]]:
        """Return the suspicion of every token, what the suspects are and their ranks, for the page.

        The suspicion of many is 1, so only the rank, from 1, says which of them come first.
        """
        kinds: list[str | None] = [None] * len(vocabulary)
        ranks = [float("nan")] * len(vocabulary)
        for rank, suspect in enumerate(self.results, start=1):
            kinds[suspect.id] = "reference row" if suspect.is_reference else "suspect"
            ranks[suspect.id] = rank
        return {
            "token": list(vocabulary.tokens),
            "suspicion": self.suspicion.tolist(),
            "suspects": kinds,
            "suspect rank": ranks,
        }

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Any:
        return iter(self.results)


@explains_keywords()
def suspects(
    source: Embedding | Model,
    *,
    text: TextInput | None = None,
    column: str | None = None,
    indicator: str | None = None,
    compare: Embedding | Model | None = None,
) -> Suspects:
    """Return the tokens that look under-trained, the most suspect first, from the tables alone.

    source: a Model, of which the input and the output table are looked at, or one table. No model runs, so
    nothing is verified: a suspect is a token whose row looks like one that training has hardly reached.
    The reference rows are tokens named as unused or reserved (not T5's <extra_id_0>, which are trained), else
    rows above the tokenizer, else bytes that UTF-8 never has; the half of them that lie together count. A row
    is a suspect where its indicator is three quarters of the way from ordinary tokens to these; without any,
    where it is far shorter than all others. Reference rows that look so are suspects themselves, and so are
    rows of zeros, which come first.
    indicator: the one to rank by; None for magikarp's default (the length of the input row; where input and
    output are one table, the cosine distance to the reference rows), or the next one that is not blind.
    text: only tokens that occur in it are in the results; a path or texts, as `tovec.train` takes them.
    column: of tables in files, the one that holds it.
    compare: another copy, such as the one before it was quantized; `compared` says whether its indicators
    rank alike.
    Raises BadSetting for an indicator that there is not, and TovecError for one without its table.

    >>> vectors = [[1.0, 2.0], [2.0, 1.0], [1.5, 1.5], [0.0, 0.0]]
    >>> found = tovec.suspects(tovec.Embedding(["cat", "dog", "mat", "qzx"], vectors))
    >>> [suspect.token for suspect in found.results]
    ['qzx']
    """
    looked = judged_tables(source, indicator)
    counts = None if text is None else _counts(looked.main, texts_of_column(text, column))
    copy = None if compare is None else judged_tables(compare, indicator, others=False)
    ranked = looked.ranked
    listed = ranked if counts is None else ranked[counts[ranked] > 0]
    is_reference, is_zero = np.isin(listed, looked.reference.ids), np.isin(listed, looked.zero)
    results = [
        _suspect(looked, row, counts, *marks)
        for row, *marks in zip(listed.tolist(), is_reference.tolist(), is_zero.tolist(), strict=True)
    ]
    names = looked.categories
    sizes = None if names is None else {kind.value: names.count(kind) for kind in Category}
    main = looked.ranking
    return Suspects(
        results=results,
        indicator="" if main is None else main.name,
        threshold=float("nan") if main is None else main.threshold,
        how="" if main is None else main.how,
        reference=looked.reference.kind,
        n_reference=len(looked.reference.ids),
        n_core=len(looked.reference.core),
        blind={name: judged.blind for name, judged in looked.judged.items() if judged.blind},
        agreement=agreement(looked),
        compared=[] if copy is None else agreement_of_copies(looked, copy),
        categories=sizes,
        notes=looked.notes,
        suspicion=looked.suspicion,
        of_text=text is not None,
    )


def _suspect(
    looked: JudgedTables, row: int, counts: NDArray[np.int64] | None, is_reference: bool, is_zero: bool
) -> Suspect:
    values = {
        name: float(each.values[row])
        for name, each in looked.judged.items()
        if row < len(each.values) and each.values[row] == each.values[row]
    }
    kinds = looked.categories
    return Suspect(
        token=looked.main.vocabulary.tokens[row],
        id=row,
        value=float("nan") if looked.ranking is None else values.get(looked.ranking.name, float("nan")),
        values=values,
        is_reference=is_reference,
        is_zero=is_zero,
        category=kinds[row].value if kinds is not None and row < len(kinds) else None,
        count=None if counts is None else int(counts[row]),
    )


def _counts(embedding: Embedding, documents: GivenDocuments) -> NDArray[np.int64]:
    """Return how often each token occurs in a text, (n_tokens,). Raises TovecError without a tokenizer."""
    counts = np.zeros(len(embedding), dtype=np.int64)
    for document in texts(documents.chunks()):
        np.add.at(counts, embedding.encode(document), 1)
    if not counts.any():
        raise TovecError("`text` holds none of the tokens")
    return counts
