"""tovec measure: scores of vectors on tests that people have made."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import click

from tovec.cli.bounds import Bounds, takes_bounds
from tovec.cli.output import as_json_option, print_json, say, say_beside
from tovec.cli.source import opened_source, source_options
from tovec.cli.tables import Cell, markdown_option, print_table, print_title

if TYPE_CHECKING:
    from tovec.measures.analogies import AnalogyScore, SectionScore
    from tovec.measures.categories import CategoryScore
    from tovec.measures.measure import Measurement
    from tovec.measures.similarity import SimilarityScore

METHODS = ("3CosAdd", "3CosMul", "LRCos")


@click.command("measure")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--similarity",
    metavar="FILE",
    multiple=True,
    help="Word pairs with people's scores, in columns of any kind, or a folder of such files.",
)
@click.option(
    "--analogies",
    metavar="FILE",
    multiple=True,
    help="Analogies in Google's form, or BATS's files or folder.",
)
@click.option(
    "--categories", metavar="FILE", multiple=True, help="Words and their categories, in two columns."
)
@click.option(
    "--method",
    "methods",
    type=click.Choice(METHODS, case_sensitive=False),
    multiple=True,
    default=METHODS[:1],
    show_default=True,
    help="How analogies are answered; may be repeated.",
)
@click.option(
    "--most-frequent",
    type=click.IntRange(1),
    default=300_000,
    show_default=True,
    metavar="N",
    help="Only these tokens take part in analogies.",
)
@click.option("--sections", is_flag=True, help="Also each section of the analogies.")
@click.option("--seed", default=0, show_default=True, help="Of all random choices.")
@source_options
@takes_bounds
@as_json_option
@markdown_option
def command(
    sources: Sequence[str],
    similarity: Sequence[str],
    analogies: Sequence[str],
    categories: Sequence[str],
    methods: Sequence[str],
    most_frequent: int,
    sections: bool,
    seed: int,
    tokenizer: str | None,
    limit: int | None,
    strict: bool,
    bounds: Bounds,
    as_json: bool,
    markdown: bool,
) -> None:
    """Score vectors on tests: similarity of word pairs, analogies, categories.

    Several SOURCEs are compared with the first, on the pairs that both cover. The names of figures for
    --fail-under are those of --json, such as EN-SIMLEX-999.spearman.
    """
    if not (similarity or analogies or categories):
        raise click.UsageError("name a test: --similarity FILE, --analogies FILE or --categories FILE")
    from tovec.measures.measure import measure

    opened = [opened_source(source, tokenizer, limit, strict)[1] for source in sources]
    found = measure(
        *opened,
        similarity=similarity,
        analogies=analogies,
        categories=categories,
        methods=methods,
        limit=most_frequent,
        seed=seed,
    )
    for note in found.notes:
        say_beside(f"note: {note}")
    if as_json:
        print_json(_as_json(sources, found))
    else:
        _print(sources, found, sections, markdown)
    bounds.check(found.figures)


def _print(sources: Sequence[str], found: "Measurement", with_sections: bool, markdown: bool) -> None:
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
                say(f"{score.name}: {score.n_from_ngrams} pairs have a word whose vector is made of n-grams")
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


def _as_json(sources: Sequence[str], found: "Measurement") -> dict[str, Any]:
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
