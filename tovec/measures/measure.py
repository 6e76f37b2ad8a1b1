"""The scores of embeddings on published tests, all at once: what `tovec.measure` returns."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TypeVar

from tovec.checks import whole_number
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, BadTestSet, TovecError
from tovec.foreign_names import explains_keywords
from tovec.measures.analogies import ADD, LIMIT, METHODS, AnalogyScore
from tovec.measures.analogies import analogies as measure_analogies
from tovec.measures.analogy_files import Analogies, read_analogies
from tovec.measures.categories import Categories, CategoryScore, categorization, read_categories
from tovec.measures.similarity import (
    SimilarityDifference,
    SimilarityScore,
    compare_similarity,
)
from tovec.measures.similarity import similarity as measure_similarity
from tovec.measures.word_pairs import WordPairs, read_word_pairs

Set = TypeVar("Set", WordPairs, Analogies, Categories)
Score = TypeVar("Score")


@dataclass(frozen=True)
class Measurement:
    """Scores by test, and for each test one of each embedding, in the order given.

    differences: for each set of similarity, how each further embedding differs from the first. notes: what to
    know of the files, a line each.
    """

    similarity: tuple[tuple[SimilarityScore, ...], ...]
    differences: tuple[tuple[SimilarityDifference, ...], ...]
    analogies: tuple[tuple[AnalogyScore, ...], ...]
    categories: tuple[tuple[CategoryScore, ...], ...]
    notes: tuple[str, ...]

    @property
    def figures(self) -> dict[str, tuple[float, ...]]:
        """All figures by name, such as "EN-SIMLEX-999.spearman", one of each embedding."""
        return {name: tuple(values) for name, values in self._figures()}

    def _figures(self) -> Iterator[tuple[str, list[float]]]:
        for pairs in self.similarity:
            yield f"{pairs[0].name}.spearman", [score.spearman for score in pairs]
            yield f"{pairs[0].name}.missing-as-0", [score.missing_as_zero for score in pairs]
            yield f"{pairs[0].name}.covered", [float(score.n_covered) for score in pairs]
        for differences in self.differences:
            if differences:
                yield f"{differences[0].name}.difference", [each.difference for each in differences]
        for asked in self.analogies:
            name = f"{asked[0].name}.{asked[0].method}"
            yield name, [score.total.accuracy for score in asked]
            yield f"{name}.covered", [float(score.total.n_covered) for score in asked]
            for index, group in enumerate(asked[0].groups):
                yield f"{name}.{group.name}", [score.groups[index].accuracy for score in asked]
        for given in self.categories:
            yield f"{given[0].name}.purity", [score.purity for score in given]


@explains_keywords()
def measure(
    *embeddings: Embedding,
    similarity: str | Path | WordPairs | Sequence[str | Path | WordPairs] = (),
    analogies: str | Path | Analogies | Sequence[str | Path | Analogies] = (),
    categories: str | Path | Categories | Sequence[str | Path | Categories] = (),
    methods: Sequence[str] = (ADD,),
    limit: int | None = LIMIT,
    seed: int = 0,
) -> Measurement:
    """Return how well embeddings do on tests that people have made; several are compared with the first.

    similarity: files of word pairs with scores, in columns of any kind, or folders of them: Spearman's
    correlation with its bootstrap interval. analogies: files of Google's form, or BATS's files and folders.
    categories: files of words and their categories: purity of clusters. Each is a path, or several.
    Of two sets with one name the second gets `-2` behind it.
    methods: of analogies, "3CosAdd", "3CosMul" and "LRCos". limit: only so many of the most frequent tokens
    take part in analogies, None for all. seed: of all random choices; equal seeds give equal figures.
    Words are looked up whatever their case; see `tovec.measures.words`. What a test means and where it comes
    from stands in the modules of `tovec.measures`.
    Raises BadTestSet, a TovecError, for a file that is no such test, and where no word of it has a vector.

    >>> embedding = tovec.Embedding(["cat", "dog", "tax"], [[1, 0], [0.9, 0.1], [0, 1]])
    >>> _ = Path("pairs.tsv").write_text("cat\\tdog\\t9\\ncat\\ttax\\t1\\ndog\\ttax\\t1.5\\n")
    >>> tovec.measure(embedding, similarity="pairs.tsv").figures["pairs.spearman"]
    (1.0,)
    """
    for number, embedding in enumerate(embeddings, start=1):
        check_embedding(f"embedding {number}", embedding)
    if not embeddings:
        raise TovecError("measure takes one embedding or more, such as tovec.open(path)")
    seed = whole_number("seed", seed, 0)
    limit = None if limit is None else whole_number("limit", limit, 1)
    methods = _methods(methods)
    notes: list[str] = []
    given_pairs = _several("similarity", similarity, WordPairs)
    pairs = _named_apart([each for given in given_pairs for each in _pairs(given, notes)], notes)
    asked = _named_apart(
        [_read(given, read_analogies) for given in _several("analogies", analogies, Analogies)], notes
    )
    given = _named_apart(
        [_read(given, read_categories) for given in _several("categories", categories, Categories)], notes
    )
    scores = [tuple(measure_similarity(each, one, seed=seed) for each in embeddings) for one in pairs]
    differences = [
        tuple(compare_similarity(one, of_one[0], other, seed=seed) for other in of_one[1:])
        for one, of_one in zip(pairs, scores, strict=True)
    ]
    return Measurement(
        tuple(scores),
        tuple(differences),
        tuple(
            tuple(measure_analogies(each, one, method, limit=limit, seed=seed) for each in embeddings)
            for one in asked
            for method in methods
        ),
        tuple(tuple(categorization(each, one, seed=seed) for each in embeddings) for one in given),
        (*notes, *(note for one in pairs for note in one.notes)),
    )


def _methods(given: str | Sequence[str]) -> Sequence[str]:
    methods = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
    for method in methods:
        if method not in METHODS:
            raise BadSetting("methods", method, f"some of {', '.join(METHODS)}")
    return methods


def _several(
    name: str, given: "str | Path | Set | Iterable[str | Path | Set]", kind: "type[Set]"
) -> "list[str | Path | Set]":
    """Return the sets of the argument `name`, each a path or of this kind. Raises BadSetting."""
    is_one = isinstance(given, str | Path | kind) or not isinstance(given, Iterable)
    several: list[str | Path | Set] = [given] if is_one else list(given)  # type: ignore[arg-type,list-item]
    for one in several:
        if not isinstance(one, str | Path | kind):
            raise BadSetting(name, one, f"a path, a {kind.__name__}, or a list of them")
    return several


def _read(given: "str | Path | Set", read: "Callable[[Path], Set]") -> "Set":
    """Return a set that may be given as a file. Raises BadTestSet for an empty name, which is no folder."""
    if not isinstance(given, str | Path):
        return given
    if not str(given):
        raise BadTestSet("'' is not the name of a file")
    return read(Path(given))


def _named_apart(sets: "Sequence[Set]", notes: list[str]) -> "list[Set]":
    """Return the sets, of which no two have one name; a note says which got another."""
    named: dict[str, Set] = {}
    for one in sets:
        name = next(each for each in _names(one.name) if each not in named)
        if name != one.name:
            notes.append(f"{name} is another set with the name {one.name}, in the order given")
        named[name] = replace(one, name=name)
    return list(named.values())


def _names(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def _pairs(given: str | Path | WordPairs, notes: list[str]) -> Iterator[WordPairs]:
    """Yield the set of a file, or those of a folder, whose other files a note names."""
    if isinstance(given, WordPairs):
        yield given
        return
    path = Path(given)
    if not str(given) or not path.is_dir():
        yield _read(given, read_word_pairs)
        return
    n_found = 0
    for file in sorted(each for each in path.iterdir() if each.is_file() and _may_be_a_set(each.name)):
        try:
            found = read_word_pairs(file)
        except BadTestSet as error:
            notes.append(f"left out: {error}")
        else:
            n_found += 1
            yield found
    if not n_found:
        raise BadTestSet(f"{path} is a folder without files of word pairs")


def _may_be_a_set(name: str) -> bool:
    return not name.startswith(".") and not name.lower().startswith(("readme", "license"))
