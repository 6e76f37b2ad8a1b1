"""What the indicators say of the tables of a source: the first step of finding suspects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadSetting, TovecError
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
from tovec.measures.token_categories import Category, categories
from tovec.models.model import Model
from tovec.text.numbered import NumberedNames
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.row_check import check_rows
from tovec.vectors.table import Ids

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class JudgedTables:
    """What the indicators say of the tables of one source.

    main: the table whose rows are ranked. reference: its reference rows. ordinary: which rows are usual
    tokens. judged: every indicator by name. ranking: the one that ranks, None where all are blind. zero: rows
    of zeros. categories: of each named row. notes: what a reader should know.
    """

    main: Embedding
    reference: Reference
    ordinary: Mask
    judged: Mapping[str, Judged]
    ranking: Judged | None
    zero: Ids
    categories: list[Category] | None
    notes: Sequence[str]

    @cached_property
    def ranked(self) -> Ids:
        """The suspects' rows, rows of zeros first, then by value; ties in the order of ids."""
        if self.ranking is None:
            return self.zero
        values = self.of_rows(self.ranking.values)
        with np.errstate(invalid="ignore"):
            found = np.flatnonzero(values <= self.ranking.threshold)
        found = np.setdiff1d(found, self.zero)
        return np.concatenate([self.zero, found[np.argsort(values[found], kind="stable")]])

    @property
    def suspicion(self) -> Numbers:
        """How far each row is from an ordinary token, 0, to what is surely suspect, 1; NaN: unknown."""
        n_rows = len(self.main)
        found = np.full(n_rows, np.nan) if self.ranking is None else self.of_rows(self.ranking.suspicion)
        found[self.zero] = 1.0
        return found

    def of_rows(self, values: Numbers) -> Numbers:
        """Return the values of the main table's rows, NaN for those that a smaller table does not have."""
        n_rows = len(self.main)
        return np.pad(values[:n_rows], (0, max(0, n_rows - len(values))), constant_values=np.nan)


def judged_tables(source: Embedding | Model, indicator: str | None, others: bool = True) -> JudgedTables:
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
    return JudgedTables(main, references[next(iter(tables))], ordinary, judged, ranking, zero, kinds, notes)


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
