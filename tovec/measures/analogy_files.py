"""Files of analogies: Google's questions of four words, and BATS's pairs with several right answers.

Google (Mikolov et al. 2013, arXiv:1301.3781): `: section`, then lines `a b c d`, a is to b as c is to d.
BATS (Gladkova et al. 2016, N16-2002): a folder of files, one a relation, with lines of a word, a tab, and its
right answers, `/` between them; each pair is asked about by way of each other pair.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from tovec.errors import BadTestSet
from tovec.measures.columns import text_lines

Pair = tuple[str, tuple[str, ...]]  # a word and what may stand for its answer
Question = tuple[Pair, Pair]  # as the first word is to its answer, so is the second to what?

SYNTACTIC, SEMANTIC = "syntactic", "semantic"
# How sections of published sets are called: Google's, those of the Korean set, BATS's (I01 … L10).
_GROUPS = (
    (re.compile(r"gram\d|syn|[ID]\d\d\b", re.IGNORECASE), SYNTACTIC),
    (re.compile(r"sem|[EL]\d\d\b|capital-|currency|city-in-state|family", re.IGNORECASE), SEMANTIC),
)


@dataclass(frozen=True)
class AnalogySection:
    """The questions about one relation.

    pairs: its pairs, each once. questions: what is asked; pairs of pairs.
    """

    name: str
    pairs: tuple[Pair, ...]
    questions: tuple[Question, ...]

    @property
    def group(self) -> str | None:
        """SEMANTIC or SYNTACTIC, by the name of the section; None where the name does not say."""
        return next((group for pattern, group in _GROUPS if pattern.match(self.name)), None)


@dataclass(frozen=True)
class Analogies:
    """A set of analogies by section. name: of the set, for people."""

    name: str
    sections: tuple[AnalogySection, ...]


def read_analogies(path: str | Path) -> Analogies:
    """Return the analogies of a file, Google's or BATS's, or of a folder of BATS's files.

    Raises BadTestSet for a file that is neither, at its first line that is wrong.
    """
    path = Path(path)
    if not path.is_dir():
        return Analogies(path.stem, tuple(_sections(path)))
    files = sorted(each for each in path.rglob("*.txt") if not each.name.lower().startswith("readme"))
    if not files:
        raise BadTestSet(f"{path} is a folder without .txt files; BATS has one for each relation")
    return Analogies(path.name, tuple(section for file in files for section in _sections(file)))


def _sections(path: Path) -> Iterator[AnalogySection]:
    lines = [(number, line.strip()) for number, line in enumerate(text_lines(path), start=1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if not lines:
        raise BadTestSet(f"{path} has no lines; it holds analogies")
    widths = {len(_words(line)) for _, line in lines[:20] if not line.startswith(":")}
    if 4 in widths:
        yield from _google(path, lines)
    elif widths == {2}:
        pairs = tuple(dict.fromkeys(_bats_pair(path, number, line) for number, line in lines))
        yield AnalogySection(path.stem, pairs, tuple(permutations(pairs, 2)))
    else:
        raise BadTestSet(f"{path} holds no analogies: a line is four words, or a word, a tab and its answers")


def _google(path: Path, lines: Sequence[tuple[int, str]]) -> Iterator[AnalogySection]:
    name = path.stem
    questions: list[Question] = []
    for number, line in lines:
        if line.startswith(":"):
            if questions:
                yield _section(name, questions)
            name, questions = line[1:].strip() or path.stem, []
            continue
        words = _words(line)
        if len(words) != 4:
            raise BadTestSet(f"{path}, line {number}: a question is four words, not {len(words)}")
        a, b, c, d = words
        questions.append(((a, (b,)), (c, (d,))))
    if questions:
        yield _section(name, questions)


def _section(name: str, questions: Sequence[Question]) -> AnalogySection:
    pairs = dict.fromkeys(pair for question in questions for pair in question)
    return AnalogySection(name, tuple(pairs), tuple(questions))


def _bats_pair(path: Path, number: int, line: str) -> Pair:
    words = _words(line)
    answers = tuple(filter(None, (answer.strip() for answer in words[-1].split("/"))))
    if len(words) != 2 or not answers:
        raise BadTestSet(f"{path}, line {number}: a pair is a word, a tab and its answers, with / between")
    return words[0], answers


def _words(line: str) -> list[str]:
    return [word.strip() for word in line.split("\t")] if "\t" in line else line.split()
