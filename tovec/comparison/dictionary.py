"""Dictionaries: words of one table and their translations, the words of another.

MUSE's files have a word and its translation in a line, and a line for each further translation; others come
with tabs, commas or semicolons, with a heading, and with more columns behind the words.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tovec.checks import in_one_line
from tovec.counted import counted
from tovec.errors import BadTestSet
from tovec.measures.columns import Columns, read_columns

Pairs = tuple[tuple[str, str], ...]
Given = str | Path | Mapping[str, str] | Iterable[tuple[str, str]]

# What columns of words are called; a first line of two of these is a heading, whatever the tables hold.
_HEADINGS = frozenset(
    (
        *("source", "target", "src", "tgt", "trg", "from", "to"),
        *("word", "words", "translation", "translations"),
        *("english", "korean", "german", "french", "spanish", "italian", "russian", "chinese", "japanese"),
        *("en", "ko", "de", "fr", "es", "it", "ru", "zh", "ja", "eng", "kor", "deu", "fra", "spa"),
        *("영어", "한국어", "단어", "번역", "뜻", "a", "b"),
    )
)


@dataclass(frozen=True)
class Dictionary:
    """Words of one table and their translations in the order given, each pair once.

    name: for people. digest: SHA-256 of the file, or of the pairs as lines with a tab between.
    notes: what a reader of the figures should know of it, a line each.
    """

    name: str
    pairs: Pairs
    digest: str
    notes: tuple[str, ...] = ()


def dictionary_from(given: Given) -> Dictionary:
    """Return the dictionary in a file, or that of pairs, also as a mapping.

    Raises BadTestSet for a file with fewer than two columns, or no pairs.
    """
    if isinstance(given, str | Path):
        return _read(Path(given))
    if not isinstance(given, Iterable):
        raise BadTestSet(f"a dictionary is a file or pairs of words, not {in_one_line(given)}")
    listed = list(given.items() if isinstance(given, Mapping) else given)
    for pair in listed:
        if not (
            isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(word, str) for word in pair)
        ):
            raise BadTestSet(f"a dictionary is pairs of words, and one of these is {in_one_line(pair)}")
    pairs = tuple(dict.fromkeys((word, translation) for word, translation in listed))
    if not pairs:
        raise BadTestSet("the dictionary has no pairs")
    text = "".join(f"{word}\t{translation}\n" for word, translation in pairs)
    return Dictionary("dictionary", pairs, hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest())


def _read(path: Path) -> Dictionary:
    columns = read_columns(path, 2)
    notes = []
    if columns.width > 2:
        notes.append(f"{path.name} has {counted(columns.width, 'column')}; words are in 1, translations in 2")
    if all(field.casefold() in _HEADINGS for field in columns.lines[0].fields[:2]):
        columns = columns.without_heading()
    pairs = tuple(dict.fromkeys(_pair(columns, number) for number in range(len(columns.lines))))
    if not pairs:
        raise BadTestSet(f"{path} has a heading and no pairs")
    return Dictionary(path.name, pairs, hashlib.sha256(path.read_bytes()).hexdigest(), tuple(notes))


def _pair(columns: Columns, number: int) -> tuple[str, str]:
    line = columns.lines[number]
    n_fields = len(line.fields)
    if n_fields < 2 or (columns.width == 2 and n_fields > 2) or not all(line.fields[:2]):
        raise BadTestSet(
            f"{columns.path}, line {line.number}: a line is a word and its translation, with "
            f"{columns.separator} between them, not {' | '.join(line.fields)}"
        )
    return line.fields[0], line.fields[1]
