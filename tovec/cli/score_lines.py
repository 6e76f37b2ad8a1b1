"""The scores of tovec measure on tests, as tables for people and as JSON."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from tovec.cli.output import say
from tovec.cli.tables import Cell, print_table, print_title
from tovec.counted import counted

if TYPE_CHECKING:
    from tovec.measures.analogies import AnalogyScore, SectionScore
    from tovec.measures.categories import CategoryScore
    from tovec.measures.measure import Measurement
    from tovec.measures.similarity import SimilarityScore


def print_measurement(
    sources: Sequence[str], found: "Measurement", with_sections: bool, markdown: bool
) -> None:
    """Print the scores as tables, each with what follows from it. with_sections: those of analogies too."""
    printed = _Tables(sources, markdown)
    printed.table(
        "similarity of word pairs",
        ("set", "Spearman", "from", "to", "pairs", "of", "missing as 0"),
        [[_similarity_cells(score)] for scores in found.similarity for score in scores],
    )
    for differences in found.differences:
        for source, difference in zip(sources[1:], differences, strict=True):
            say(difference.sentence(sources[0], source))
    for scores in found.similarity:
        for score in scores:
            if score.n_from_ngrams:
                pairs = counted(score.n_from_ngrams, "pair has", "pairs have")
                say(f"{score.name}: {pairs} a word whose vector is made of n-grams")
    printed.table(
        "analogies",
        ("set", "method", "accuracy", "correct", "questions", "of", "tokens"),
        [_analogy_cells(score, with_sections) for asked in found.analogies for score in asked],
    )
    printed.table(
        "categories, clusters by spherical k-means",
        ("set", "purity", "categories", "words", "of"),
        [[_category_cells(score)] for given in found.categories for score in given],
    )


class _Tables:
    """Prints tables, each but the first under its title; of several sources with a column of them."""

    def __init__(self, sources: Sequence[str], markdown: bool) -> None:
        self._sources, self._markdown = sources, markdown
        self._is_first = True

    def table(self, title: str, heads: Sequence[str], scores: Sequence[Sequence[Sequence[Cell]]]) -> None:
        """Print a table, if it has rows. scores: the rows of each score, the sources in turn."""
        if not scores:
            return
        if not self._is_first:
            print_title(title, self._markdown)
        self._is_first = False
        if len(self._sources) == 1:
            print_table(heads, [row for rows in scores for row in rows], self._markdown)
            return
        of_source = zip(cycle(self._sources), scores, strict=False)
        named = [(source, *row) for source, rows in of_source for row in rows]
        print_table(("source", *heads), named, self._markdown)


def _category_cells(score: "CategoryScore") -> tuple[Cell, ...]:
    return score.name, score.purity, score.n_categories, score.n_covered, score.n_words


def _similarity_cells(score: "SimilarityScore") -> tuple[Cell, ...]:
    return (
        score.name,
        score.spearman,
        *score.interval,
        score.n_covered,
        score.n_pairs,
        score.missing_as_zero,
    )


def _analogy_cells(score: "AnalogyScore", with_sections: bool) -> list[tuple[Cell, ...]]:
    def cells(name: str, section: "SectionScore") -> tuple[Cell, ...]:
        return (
            *(name, score.method, section.accuracy, section.n_correct),
            *(section.n_covered, section.n_questions, score.limit),
        )

    return [
        cells(score.name, score.total),
        *(cells(f"  {group.name}", group) for group in score.groups),
        *(cells(f"  {each.name}", each) for each in (score.sections if with_sections else ())),
    ]


def measurement_json(sources: Sequence[str], found: "Measurement") -> dict[str, Any]:
    """Return the scores as JSON, with the names of all figures."""
    return {
        "sources": list(sources),
        "similarity": [
            {
                "source": source,
                "set": score.name,
                "spearman": score.spearman,
                "interval": list(score.interval),
                "covered": score.n_covered,
                "pairs": score.n_pairs,
                "missing_as_0": score.missing_as_zero,
                "from_ngrams": score.n_from_ngrams,
            }
            for scores in found.similarity
            for source, score in zip(sources, scores, strict=True)
        ],
        "differences": [
            {
                "first": sources[0],
                "second": source,
                "set": each.name,
                "pairs": each.n_pairs,
                "spearman": [each.first, each.second],
                "difference": each.difference,
                "interval": list(each.interval),
                "sentence": each.sentence(sources[0], source),
            }
            for differences in found.differences
            for source, each in zip(sources[1:], differences, strict=True)
        ],
        "analogies": [
            {
                "source": source,
                "set": score.name,
                "method": score.method,
                "most_frequent": score.limit,
                **_section_json(score.total),
                "groups": [_section_json(group) for group in score.groups],
                "sections": [_section_json(section) for section in score.sections],
            }
            for scores in found.analogies
            for source, score in zip(sources, scores, strict=True)
        ],
        "categories": [
            {
                "source": source,
                "set": score.name,
                "purity": score.purity,
                "categories": score.n_categories,
                "covered": score.n_covered,
                "words": score.n_words,
            }
            for scores in found.categories
            for source, score in zip(sources, scores, strict=True)
        ],
        "figures": {name: list(values) for name, values in found.figures.items()},
        "notes": list(found.notes),
    }


def _section_json(section: "SectionScore") -> dict[str, Any]:
    return {
        "name": section.name,
        "group": section.group,
        "accuracy": section.accuracy,
        "correct": section.n_correct,
        "covered": section.n_covered,
        "questions": section.n_questions,
    }
