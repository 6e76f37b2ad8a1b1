"""Tokens that look under-trained, from the tables of a model alone.

What magikarp (Land and Bartolo 2024, arXiv:2405.05417) does before it asks a model: categories of tokens,
reference rows, indicators. It then verifies candidates by prompts; here they stay suspects.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
from tovec.foreign_names import explains_keywords
from tovec.measures.indicators import (
    INDICATORS,
    LEAST_BIAS,
    ORDERS,
    Judged,
    Mask,
    judge,
    measure,
    measured_bias,
)
from tovec.measures.reference_rows import Reference, reference_rows
from tovec.measures.similarity import spearman
from tovec.measures.token_categories import Category, categories
from tovec.models.model import Model
from tovec.text.documents import texts
from tovec.text.numbered import NumberedNames
from tovec.text.training_input import TextInput, documents_from
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.row_check import check_rows
from tovec.vectors.table import Ids

TEXTS_AT_ONCE = 1 << 12  # documents that are cut at a time


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
class Agreement:
    """How far another indicator, or another copy, ranks ordinary tokens alike.

    correlation: Spearman's, of the ordinary tokens. shared: of as many tokens with the lowest values as there
    are suspects, the share that both have; NaN without suspects.
    """

    name: str
    correlation: float
    shared: float
    n_tokens: int


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
        ones = "suspect" if len(self) == 1 else "suspects"
        return f"{len(self):,} {ones}{where} among {self.n_tokens:,} tokens{among}; none is verified"

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
    compare: another copy, such as the one before it was quantized; `compared` says whether its indicators
    rank alike.
    Raises BadSetting for an indicator that there is not, and TovecError for one without its table.

    >>> vectors = [[1.0, 2.0], [2.0, 1.0], [1.5, 1.5], [0.0, 0.0]]
    >>> found = tovec.suspects(tovec.Embedding(["cat", "dog", "mat", "qzx"], vectors))
    >>> [suspect.token for suspect in found.results]
    ['qzx']
    """
    looked = _look(source, indicator)
    counts = None if text is None else _counts(looked.main, text)
    compared = _compared(looked, _look(compare, indicator, others=False)) if compare is not None else []
    ranked = _ranked(looked)
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
        agreement=_agreement(looked, ranked),
        compared=compared,
        categories=sizes,
        notes=looked.notes,
        suspicion=_suspicion(looked),
        of_text=text is not None,
    )


@dataclass(frozen=True)
class _Looked:
    """Everything about the tables of one source."""

    main: Embedding
    reference: Reference
    ordinary: Mask
    judged: Mapping[str, Judged]
    ranking: Judged | None
    zero: Ids
    categories: list[Category] | None
    notes: Sequence[str]


def _look(source: Embedding | Model, indicator: str | None, others: bool = True) -> _Looked:
    """Measure all indicators of a source. others: also find zero rows and categories."""
    if indicator is not None and indicator not in tuple(INDICATORS):  # which may not be hashable
        raise BadSetting("indicator", indicator, f"one of {', '.join(INDICATORS)}")
    tables, case, why_not = _tables(source)
    main = next(iter(tables.values()))
    bias = _bias(source)
    order = (*ORDERS[case], *(["output_bias"] if bias is not None else []))
    if indicator is not None and indicator not in order:
        raise TovecError(
            f"`indicator` {indicator} needs {INDICATORS[indicator].needs}, and there is none{why_not}; "
            f"there are {', '.join(order)}"
        )
    vocabulary = main.vocabulary
    kinds = categories(vocabulary, main.tokenizer) if others else None
    check = check_rows(main.vectors) if others else None
    notes = []
    if check is not None and len(check.not_finite):
        n_odd = len(check.not_finite)
        hold = "row holds NaN or infinity and is" if n_odd == 1 else "rows hold NaN or infinity and are"
        notes.append(f"{n_odd:,} {hold} not ranked")
    references = {name: reference_rows(table.vocabulary, table.vectors) for name, table in tables.items()}
    ordinary = _ordinary(vocabulary, references[next(iter(tables))].ids, kinds)
    judged: dict[str, Judged] = {}
    for table_name, table in tables.items():
        core = references[table_name].core
        names_of = [name for name in order if case != "untied" or INDICATORS[name].table == table_name]
        measured = measure([name for name in names_of if name != "output_bias"], table.vectors, core)
        if "output_bias" in names_of and bias is not None:
            measured["output_bias"] = measured_bias(bias, core)
        is_ordinary = ordinary[: len(table)]
        is_ordinary = np.pad(is_ordinary, (0, len(table) - len(is_ordinary)))
        judged |= {
            name: judge(name, found, core, table.vocabulary, is_ordinary) for name, found in measured.items()
        }
    judged = {name: judged[name] for name in order}
    chosen = [judged[indicator]] if indicator is not None else [judged[name] for name in order]
    ranking = next((each for each in chosen if not each.blind), None)
    if ranking is None:
        blind = "every indicator" if indicator is None else indicator
        notes.append(f"{blind} is blind in this table, so only rows of zeros are suspects")
    zero = check.zero if check is not None else np.empty(0, dtype=np.int64)
    return _Looked(main, references[next(iter(tables))], ordinary, judged, ranking, zero, kinds, notes)


def _tables(source: Embedding | Model) -> tuple[dict[str, Embedding], str, str]:
    """Return the tables by name, the case of ORDERS, and why there is no further one, for a message."""
    if isinstance(source, Embedding):
        return {"input": source}, "input", ""
    if not isinstance(source, Model):
        raise TovecError("source is a Model, as tovec.open_model returns it, or an Embedding")
    tables = dict(source.tables)
    if tables:
        return tables, "untied", ""
    found = source.input if source.input is not None else source.output
    if found is None:
        raise TovecError("the source has neither an input nor an output table")
    why = f": {source.report.tying_why}" if source.report.tying_why else ""
    if source.report.tying == "tied":
        return {"output": found}, "tied", why
    name = "input" if source.input is not None else "output"
    return {name: found}, name, why


def _bias(source: Embedding | Model) -> NDArray[np.float64] | None:
    """Return what the output adds to the score of each token; None where that is nothing, as in magikarp."""
    bias = source.output_bias if isinstance(source, Model) else None
    return None if bias is None or np.linalg.norm(bias) <= LEAST_BIAS else bias.astype(np.float64)


def _ordinary(vocabulary: Vocabulary, reference: Ids, kinds: list[Category] | None) -> Mask:
    """Return which rows are usual tokens, (n_rows,): with a text that gives them, and not reference rows."""
    n_rows, tokens = len(vocabulary), vocabulary.tokens
    n_given = len(tokens.given) if isinstance(tokens, NumberedNames) else n_rows
    ordinary = np.zeros(n_rows, dtype=np.bool_)
    if n_given == 0:  # nothing is known of any row
        ordinary[:] = True
    elif kinds is not None:
        ordinary[:n_given] = [kind is Category.OK for kind in kinds]
    else:
        ordinary[:n_given] = [row not in vocabulary.special for row in range(n_given)]
    ordinary[reference] = False
    if not ordinary.any():
        ordinary[: n_given or n_rows] = True
        ordinary[reference] = False
    return ordinary


def _ranked(looked: _Looked) -> Ids:
    """Return the suspects' rows, rows of zeros first, then by value; ties in the order of ids."""
    main = looked.ranking
    if main is None:
        return looked.zero
    values = _fitted(main.values, len(looked.main))
    with np.errstate(invalid="ignore"):
        found = np.flatnonzero(values <= main.threshold)
    found = np.setdiff1d(found, looked.zero)
    return np.concatenate([looked.zero, found[np.argsort(values[found], kind="stable")]])


def _suspicion(looked: _Looked) -> NDArray[np.float64]:
    n_rows, main = len(looked.main), looked.ranking
    found = np.full(n_rows, np.nan) if main is None else _fitted(main.suspicion, n_rows)
    found[looked.zero] = 1.0
    return found


def _suspect(
    looked: _Looked, row: int, counts: NDArray[np.int64] | None, is_reference: bool, is_zero: bool
) -> Suspect:
    values = {name: _value(each.values, row) for name, each in looked.judged.items()}
    values = {name: value for name, value in values.items() if value == value}
    kinds = looked.categories
    return Suspect(
        token=looked.main.vocabulary.tokens[row],
        id=row,
        value=float("nan") if looked.ranking is None else _value(looked.ranking.values, row),
        values=values,
        is_reference=is_reference,
        is_zero=is_zero,
        category=kinds[row].value if kinds is not None and row < len(kinds) else None,
        count=None if counts is None else int(counts[row]),
    )


def _value(values: NDArray[np.float64], row: int) -> float:
    return float(values[row]) if row < len(values) else float("nan")


def _fitted(values: NDArray[np.float64], n_rows: int) -> NDArray[np.float64]:
    """Return the values of the first `n_rows` rows, NaN for those that a smaller table does not have."""
    if len(values) >= n_rows:
        return values[:n_rows]
    return np.pad(values, (0, n_rows - len(values)), constant_values=np.nan)


def _agreement(looked: _Looked, ranked: Ids) -> list[Agreement]:
    main = looked.ranking
    if main is None:
        return []
    n_rows = len(looked.main)
    values = _fitted(main.values, n_rows)
    return [
        _alike(name, values, _fitted(other.values, n_rows), looked.ordinary, len(ranked))
        for name, other in looked.judged.items()
        if other is not main and np.isfinite(other.values).any()
    ]


def _alike(
    name: str, a: NDArray[np.float64], b: NDArray[np.float64], ordinary: Mask, n_lowest: int
) -> Agreement:
    both = np.isfinite(a) & np.isfinite(b)
    usual = both & ordinary
    n_lowest = min(n_lowest, int(both.sum()))
    lowest = [set(np.argsort(values[both], kind="stable")[:n_lowest].tolist()) for values in (a, b)]
    shared = len(lowest[0] & lowest[1]) / n_lowest if n_lowest else float("nan")
    return Agreement(name, spearman(a[usual], b[usual]), shared, int(usual.sum()))


def _compared(looked: _Looked, other: _Looked) -> list[Agreement]:
    """Return how alike the indicators of both are, over the tokens that both have."""
    rows = other.main.vocabulary.find(looked.main.vocabulary.tokens)
    n_both = int((rows >= 0).sum())
    if not n_both:
        raise TovecError("`compare` has none of these tokens; it is meant for another copy of the same model")
    n_rows = len(looked.main)
    n_ranked = len(_ranked(looked))
    found = []
    for name, judged in looked.judged.items():
        theirs = other.judged.get(name)
        if theirs is None or not (np.isfinite(theirs.values).any() and np.isfinite(judged.values).any()):
            continue
        values = _fitted(theirs.values, len(other.main))
        aligned = np.where(rows >= 0, values[rows.clip(0)], np.nan)
        found.append(_alike(name, _fitted(judged.values, n_rows), aligned, looked.ordinary, n_ranked))
    return found


def _counts(embedding: Embedding, text: TextInput) -> NDArray[np.int64]:
    """Return how often each token occurs in a text, (n_tokens,). Raises TovecError without a tokenizer."""
    counts = np.zeros(len(embedding), dtype=np.int64)
    for part in _batches(texts(documents_from(text).chunks())):
        for document in part:
            rows = embedding.encode(document)
            np.add.at(counts, rows, 1)
    if not counts.any():
        raise TovecError("`text` holds none of the tokens")
    return counts


def _batches(documents: Iterable[str]) -> Iterable[list[str]]:
    part: list[str] = []
    for document in documents:
        part.append(document)
        if len(part) == TEXTS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part
