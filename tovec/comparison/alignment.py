"""Alignment: one table brought into the space of another by an orthogonal map, and how well words are found.

The map is that of orthogonal Procrustes on rows at length 1 (Schönemann 1966; Xing et al. 2015, N15-1104;
Artetxe et al. 2018, doi:10.1609/aaai.v32i1.11992), refined where asked for as in MUSE (Conneau et al. 2018,
arXiv:1710.04087): on the rows that are each other's nearest by CSLS. What is measured are the rows that are
saved, against those of the other table as they are.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tovec.checks import path_to_save, whole_number
from tovec.comparison.anchors import dictionary_anchors, frequent_rows, shared_anchors, split
from tovec.comparison.dictionary import Dictionary, Given, dictionary_from
from tovec.comparison.held_out import HeldOut, Precision, Translation
from tovec.comparison.space_map import Matrix, SpaceMap, fitted_map, kept_share, refined_map
from tovec.counted import counted
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, CannotSave, TovecError, TovecWarning
from tovec.formats.saved import folder
from tovec.formats.writers import BY_NAME, check_holds, writer_for
from tovec.formats.writing.dtypes import DTYPES
from tovec.progress import Ended, Reporter, StageReporter, silent
from tovec.search.across import FINDING, MEASURING
from tovec.vectors.derived import is_in_memory
from tovec.vectors.embedding_parts import has_layers
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.orthogonal import ROWS_FOR_EACH_NUMBER
from tovec.vectors.same_bytes import have_same_bytes
from tovec.vectors.table import Vectors, in_float32

ALIGNED = "aligned"  # in the provenance: an entry for each map that has brought the rows to where they are
MOST_FREQUENT = 20_000
FIGURES = (
    *("precision", "precision_at_5", "cosine_precision", "cosine_precision_at_5", "precision_before"),
    *("mean_cosine", "coverage", "kept"),
)


class PairCounts(NamedTuple):
    """What became of the pairs that a map was to be fitted on.

    given: all of them. covered: those with a row in both tables that has a direction; without_direction:
    those where only that is missing. fitted, held_out: those that the map was fitted on before it was
    refined, and those of the words that were held out. words: how many these are. how: for people.
    """

    given: int
    covered: int
    without_direction: int
    fitted: int
    held_out: int
    words: int
    how: str


@dataclass(frozen=True)
class Alignment:
    """A table in the space of another, and how well its held-out words are found there.

    embedding: the first table in the space of the second. space: the map; `map` is its matrix.
    kept: the share of the squared lengths of rows that the map keeps; 1 unless the first table has more
    dimensions.
    csls, cosine: precision on the held-out words, among the `n_candidates` most frequent tokens of the
    second. before: by cosine without a map, None where the dims differ. mean_cosine: of the held-out pairs.
    refined: on how many mutual neighbors each refinement was fitted. results: the held-out words.
    left_out: what belongs to the first table and not to rows in another space.
    """

    embedding: Embedding
    space: SpaceMap
    kept: float
    csls: Precision
    cosine: Precision
    before: Precision | None
    mean_cosine: float
    pairs: PairCounts
    n_candidates: int
    refined: tuple[int, ...]
    results: Sequence[Translation] = field(repr=False)
    left_out: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def map(self) -> Matrix:
        """The matrix of the map, (dim, dim of the second table)."""
        return self.space.map

    @property
    def precision(self) -> float:
        """The share of held-out words for which CSLS finds a right answer first."""
        return self.csls.at_1

    @property
    def figures(self) -> dict[str, float]:
        """FIGURES by name, `precision_before` only where the dims are the same."""
        return {
            "precision": self.csls.at_1,
            "precision_at_5": self.csls.at_5,
            "cosine_precision": self.cosine.at_1,
            "cosine_precision_at_5": self.cosine.at_5,
            **({} if self.before is None else {"precision_before": self.before.at_1}),
            "mean_cosine": self.mean_cosine,
            "coverage": self.pairs.covered / self.pairs.given,
            "kept": self.kept,
        }

    def save(self, directory: str | Path, *, dtype: str = "f32") -> Path:
        """Write the embedding as a folder with the map beside it, `map.safetensors`, and return its path.

        The folder is one of tovec's, which any command, model2vec and sentence-transformers open. Tensors of
        the map, float32: `map`, and where it is centered `mean_a` and `mean_b`. dtype: f32, f16 or int8, of
        the rows. Raises CannotSave as `tovec.save` does, and for a path whose suffix means another format.
        """
        path = check_can_be_saved(directory, dtype)
        named = {"map": self.space.map, "mean_a": self.space.mean_a, "mean_b": self.space.mean_b}
        tensors = {name: np.asarray(each, np.float32) for name, each in named.items() if each is not None}
        return folder.save(self.embedding.parts, path, dtype=DTYPES[dtype], map_tensors=tensors)


def check_can_be_saved(directory: str | Path, dtype: str = "f32") -> Path:
    """Return the path of a folder that an alignment can be saved as; nothing is changed.

    Raises CannotSave as `Alignment.save` does, and BadSetting for an unknown dtype.
    """
    path = path_to_save(directory)
    writer = writer_for(path)
    if writer is not BY_NAME["folder"]:
        raise CannotSave(
            f"{path} would be {writer.title}, and an alignment is a folder, with the map beside its rows; "
            f"name it without {Path(path).suffix}, and tovec convert makes a file of it"
        )
    check_holds(writer, dtype, columns=False)
    folder.check_writable(path)
    return Path(path)


def align(
    a: Embedding,
    b: Embedding,
    *,
    dictionary: Given | None = None,
    center: bool = False,
    refine: int = 0,
    most_frequent: int = MOST_FREQUENT,
    held_out: float = 0.2,
    seed: int = 0,
    names: tuple[str, str] = ("a", "b"),
    report: Reporter | None = None,
) -> Alignment:
    """Return table `a` in the space of `b`, by an orthogonal map, and how well its tokens are found there.

    dictionary: words of `a` and their translations in `b`, as pairs, a mapping, or a file of two columns;
    None for the tokens that both tables have. A word may have several translations, each of which is right,
    in any case.
    center: whether both are seen from the means of their frequent rows. refine: how often the map is fitted
    anew, on the frequent rows that are each other's nearest by CSLS.
    most_frequent: so many tokens of each table are found and, without a dictionary, used for the map.
    held_out: the share of the words that the map is not fitted on and is tested with, at most 1,500 words;
    seed: which ones. names: what the provenance calls the tables.
    The map keeps lengths, and between rows of `a` all angles, unless it is centered or `b` has fewer
    dimensions; `kept` says how much is lost then. Tokenizer, counts and n-grams stay; output vectors do not
    belong to the new rows. Tables are read in blocks, and never held as a whole.
    Warns with TovecWarning where the pairs are too few for the dims. Raises TovecError where no pair has rows
    in both tables, or `a` and `b` are the same table, BadTestSet for a file that is not a dictionary, and
    BadSetting for a setting outside its range.

    >>> a = tovec.Embedding(["cat", "dog", "mat", "rug"], [[1, 0], [2, 1], [0, 1], [-1, 1]])
    >>> b = tovec.Embedding(["cat", "dog", "mat", "rug"], [[0, 1], [-1, 2], [-1, 0], [-1, -1]])
    >>> import warnings
    >>> warnings.simplefilter("ignore", tovec.TovecWarning)
    >>> alignment = tovec.align(a, b)
    >>> alignment.precision, alignment.embedding["cat"].round(3).tolist()
    (1.0, [0.0, 1.0])
    """
    check_embedding("a", a)
    check_embedding("b", b)
    n = whole_number("most_frequent", most_frequent, 1)
    refine, seed = whole_number("refine", refine, 0), whole_number("seed", seed, 0)
    if not isinstance(held_out, int | float) or not 0 < held_out < 1:
        raise BadSetting("held_out", held_out, "a share between 0 and 1")
    given = None if dictionary is None else dictionary_from(dictionary)
    if a.vocabulary.tokens == b.vocabulary.tokens and have_same_bytes(a.vectors, b.vectors):
        raise TovecError("both tables are the same, to the byte; there is nothing to align")
    progress = StageReporter(report)
    rows_a, rows_b = frequent_rows(a.vocabulary, n), frequent_rows(b.vocabulary, n)
    anchors = shared_anchors(a, b, rows_a, rows_b) if given is None else dictionary_anchors(a, b, given)
    fitted, tested = split(anchors, rows_a, rows_b, held_out, seed)
    if not refine:
        _warn_of_few(len(fitted), min(a.dim, b.dim))
    space = fitted_map(a, b, fitted, rows_a, rows_b, center, progress)
    n_refined = []
    for _ in range(refine):
        space, n_mutual = refined_map(a, b, space, progress)
        n_refined.append(n_mutual)
    words = np.unique(tested.ids_a)
    found = HeldOut(a, b, space, words, rows_a, rows_b, tested, progress)
    for stage in ("rotating", MEASURING, FINDING):
        (report or silent)(Ended(stage))
    pairs = PairCounts(
        given=anchors.n_given,
        covered=len(anchors),
        without_direction=anchors.n_without_direction,
        fitted=len(fitted),
        held_out=len(tested),
        words=len(words),
        how=anchors.how,
    )
    settings = {"center": center, "refine": refine, "most_frequent": n, "held_out": held_out, "seed": seed}
    return Alignment(
        embedding=_in_space(a, space, _entry(b, names, given, settings, pairs, space, found.csls)),
        space=space,
        kept=kept_share(a.vectors, rows_a, space) if a.dim > b.dim else 1.0,
        csls=found.csls,
        cosine=found.cosine,
        before=found.before,
        mean_cosine=found.mean_cosine,
        pairs=pairs,
        n_candidates=len(rows_b),
        refined=tuple(n_refined),
        results=found.translations(),
        left_out=_left_out(a),
        notes=(*(given.notes if given else ()), *found.notes()),
    )


def _warn_of_few(n: int, dim: int) -> None:
    """Warn where a map fits its pairs whatever they are.

    No error: a small dictionary is what there often is, the map is the best that it allows, held-out words
    show what that is worth, and refining can make a good map of it.
    """
    wanted = ROWS_FOR_EACH_NUMBER * dim
    if n < wanted:
        warnings.warn(
            f"the map is fitted on {counted(n, 'pair')}, and {counted(dim, 'dimension')} "
            f"want {wanted:,}: with fewer it fits "
            "what is chance in them; give more pairs, or `refine` it",
            TovecWarning,
            stacklevel=3,
        )


def _in_space(a: Embedding, space: SpaceMap, entry: dict[str, Any]) -> Embedding:
    vectors: Vectors = space.of_tokens(a.vectors)
    if is_in_memory(a.vectors):
        vectors = in_float32(vectors, slice(None))
    ngrams = a.ngrams
    return Embedding(
        a.vocabulary,
        vectors,
        a.tokenizer,
        provenance={**a.provenance, ALIGNED: [*_entries(a), entry]},
        ngrams=ngrams and NgramTable(ngrams.rule, space.of_parts(ngrams.vectors), ngrams.buckets),
    )


def _entries(a: Embedding) -> list[Any]:
    found = a.provenance.get(ALIGNED)
    return found if isinstance(found, list) else []


def _entry(
    b: Embedding,
    names: tuple[str, str],
    dictionary: Dictionary | None,
    settings: dict[str, Any],
    pairs: PairCounts,
    space: SpaceMap,
    csls: Precision,
) -> dict[str, Any]:
    """Return what the provenance says of this map."""
    of_dictionary = None if dictionary is None else {"name": dictionary.name, "sha256": dictionary.digest}
    return {
        "source": names[0],
        "onto": {"source": names[1], "n_tokens": b.n_tokens, "dim": b.dim, "provenance": b.provenance},
        "dictionary": of_dictionary,
        "settings": settings,
        "pairs": pairs._asdict(),
        "scale": space.scale,
        "precision": csls.at_1,
    }


def _left_out(a: Embedding) -> tuple[str, ...]:
    outputs = () if a.outputs is None else ("output vectors",)
    return (*outputs, "the layers of the language model") if has_layers(a.state) else outputs
