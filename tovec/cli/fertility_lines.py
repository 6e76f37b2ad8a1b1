"""What `tovec fertility` prints: a table of all sources, one of each script, words that are split."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tovec.cli.output import say, shown
from tovec.cli.tables import Cell, print_table, print_title
from tovec.counted import counted

if TYPE_CHECKING:
    from tovec.measures.cut_figures import Cut
    from tovec.measures.fertility import Fertility, SourceFertility

HEADS: Mapping[str, str] = {
    "tokens_per_word": "tokens/word",
    "tokens_per_character": "tokens/character",
    "bytes_per_token": "bytes/token",
    "whole": "whole",
    "strr": "STRR",
    "strr_alone": "STRR alone",
    "byte_pieces": "byte pieces",
    "unknown": "unknown",
}
LEAST_SHARE = 0.001  # of the words, for people: a script with fewer is in --json alone


def print_fertility(found: "Fertility", markdown: bool = False) -> None:
    """Print what was found, for people."""
    say(f"a word is {found.segmenter} (--words {found.words})")
    lines = "" if found.n_lines is None else f"{counted(found.n_lines, 'line')} that both texts have, "
    say(
        f"{lines}{counted(found.n_words, 'word')}, {found.n_distinct:,} different, "
        f"{counted(found.n_characters, 'character')}, "
        f"{counted(found.n_bytes, 'byte')}"
    )
    names = _names(found)
    if markdown:
        say("")
    heads = ["source", *HEADS.values(), "rows", "unused", "unused MB"]
    print_table(heads, [_row(name, source) for name, source in names], markdown)
    if found.n_lines is not None:
        print_title("premium: tokens of the text over tokens of the parallel text", markdown)
        print_table(("source", "tokens", "parallel", "premium"), list(map(_premium, names)), markdown)
    print_title("by script, words behind a blank", markdown)
    heads = ["script", "source", "words", *HEADS.values()]
    print_table(heads, list(_scripts(found, names)), markdown)
    for name, source in names:
        if source.split:
            print_title(f"words that {name} splits most often, {source.n_split:,} in all", markdown)
            rows: list[list[Cell]] = [
                [shown(split.word), split.count, " · ".join(map(shown, split.pieces))]
                for split in source.split
            ]
            print_table(("word", "times", "tokens"), rows, markdown)


def fertility_json(found: "Fertility") -> dict[str, Any]:
    """Return what was found, as JSON values."""
    return {
        "words": {"name": found.words, "meaning": found.segmenter},
        "n_words": found.n_words,
        "n_distinct": found.n_distinct,
        "n_characters": found.n_characters,
        "n_bytes": found.n_bytes,
        "n_lines": found.n_lines,
        "sources": [_source(source) for source in found.sources],
        "notes": list(found.notes),
        "figures": {name: list(values) for name, values in found.figures.items()},
    }


def _source(source: "SourceFertility") -> dict[str, Any]:
    entry = {
        "source": source.name,
        "text": _cut(source.text),
        "scripts": [_cut(cut) for cut in source.scripts],
        "n_rows": source.n_rows,
        "unused_rows": source.n_unused,
        "unused_megabytes": source.unused_megabytes,
        "n_split": source.n_split,
        "split": [asdict(split) for split in source.split],
    }
    if source.parallel is not None:
        entry |= {"parallel": _cut(source.parallel), "premium": source.premium}
    return entry


def _cut(cut: "Cut") -> dict[str, Any]:
    return {**asdict(cut), "is_left_out": cut.is_left_out, "figures": cut.figures}


def _names(found: "Fertility") -> "list[tuple[str, SourceFertility]]":
    """Return the sources under the ends of their names, as long as it takes to tell them apart."""
    parts = [source.name.rstrip("/").split("/") for source in found.sources]
    for n in range(1, max(map(len, parts))):
        short = ["/".join(each[-n:]) for each in parts]
        if len(set(short)) == len(short):
            return list(zip(short, found.sources, strict=True))
    return [(source.name, source) for source in found.sources]


def _row(name: str, source: "SourceFertility") -> list[Cell]:
    figures = source.text.figures
    return [
        shown(name),
        *(figures[figure] for figure in HEADS),
        source.n_rows,
        source.n_unused,
        source.unused_megabytes,
    ]


def _premium(named: "tuple[str, SourceFertility]") -> list[Cell]:
    name, source = named
    n_parallel = 0 if source.parallel is None else source.parallel.tokens
    return [shown(name), source.text.tokens, n_parallel, source.premium]


def _scripts(found: "Fertility", names: "list[tuple[str, SourceFertility]]") -> Iterator[list[Cell]]:
    scripts = [cut.name for cut in found.sources[0].scripts if cut.words >= LEAST_SHARE * found.n_words]
    for place, script in enumerate(scripts):
        for name, source in names:
            cut = source.scripts[place]
            figures = cut.figures
            yield [script, shown(name), cut.words, *(figures[figure] for figure in HEADS)]
