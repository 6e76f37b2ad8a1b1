"""How tokenizers cut a text: what `tovec.fertility` returns."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike

import numpy as np

from tovec.checks import whole_number
from tovec.counted import are, counted
from tovec.embedding import Embedding
from tovec.errors import BadSetting, BadText, TovecError
from tovec.foreign_names import explains_keywords
from tovec.measures.cut_figures import Cut, premium
from tovec.measures.cut_sums import CutSums, SplitWord
from tovec.measures.parallel_texts import Lines, ParallelTexts
from tovec.measures.token_cutter import TokenCutter, token_cutter
from tovec.measures.token_groups import NO_SCRIPT, OTHERS
from tovec.measures.word_counts import WORDS, Counts, TextCounts, WordFinder
from tovec.models.model import Model
from tovec.progress import Ended, Reporter, Stage, silent
from tovec.text.in_memory import Texts, TokenLists
from tovec.text.scripts import script_of
from tovec.text.tokenizers import Tokenizer
from tovec.text.tokenizers.blanks import parts_at_blanks
from tovec.text.training_input import GivenDocuments, TextInput, texts_of_column

TokenizerSource = str | PathLike[str] | Embedding | Model | Tokenizer
SHOWN_SPLIT = 10
_MEGABYTE = 1e6


@dataclass(frozen=True)
class SourceFertility:
    """How one source cuts the text.

    scripts: of its words, the most frequent script first. n_rows, n_unused: rows of the table, and those that
    the text never uses; row_bytes: what one takes as stored, None of a tokenizer alone. n_split: how often
    words were split; split: the most frequent of them. parallel: of the translation, None without one.
    """

    name: str
    text: Cut
    scripts: tuple[Cut, ...]
    n_rows: int
    n_unused: int
    row_bytes: float | None
    n_split: int
    split: tuple[SplitWord, ...]
    parallel: Cut | None = None

    @property
    def unused_megabytes(self) -> float:
        """What the rows that are never used take; NaN of a tokenizer alone."""
        return math.nan if self.row_bytes is None else self.n_unused * self.row_bytes / _MEGABYTE

    @property
    def premium(self) -> float:
        """Tokens of the text over those of its translation; NaN without one."""
        return math.nan if self.parallel is None else premium(self.text, self.parallel)

    @property
    def figures(self) -> dict[str, float]:
        """All figures by name, those of scripts as "hangul.tokens_per_word"."""
        found = {
            **self.text.figures,
            "unused_rows": float(self.n_unused),
            "unused_megabytes": self.unused_megabytes,
        }
        if self.parallel is not None:
            found["premium"] = self.premium
        for cut in self.scripts:
            found |= {f"{cut.name}.{name}": value for name, value in cut.figures.items()}
        return found


@dataclass(frozen=True)
class Fertility:
    """How sources cut one text, in the order given.

    words: what a word is, a key of WORDS. n_lines: pairs of lines with a parallel text, None without. notes:
    what to know of the text, and what is left out of the comparison, a line each.
    """

    sources: tuple[SourceFertility, ...]
    words: str
    n_words: int
    n_distinct: int
    n_characters: int
    n_bytes: int
    n_lines: int | None
    notes: tuple[str, ...]

    @property
    def segmenter(self) -> str:
        """What a word is, for people."""
        return WORDS[self.words]

    @property
    def figures(self) -> dict[str, tuple[float, ...]]:
        """All figures by name, one of each source."""
        each = [source.figures for source in self.sources]
        return {name: tuple(figures[name] for figures in each) for name in each[0]}


@explains_keywords()
def fertility(
    text: TextInput,
    *sources: TokenizerSource,
    parallel: Lines | None = None,
    column: str | None = None,
    words: str = "whitespace",
    k: int = SHOWN_SPLIT,
    report: Reporter | None = None,
) -> Fertility:
    """Return how the tokenizers of `sources` cut `text`: how long, how whole, what stays unused.

    text: a path or texts, as `tovec.train` takes them. sources: whatever has a tokenizer: a model's folder, a
    saved embedding, a GGUF file, a tokenizer.json or the like, an Embedding, a Model, a tokenizer.
    parallel: the translation of the text, line by line; both are a file, or a list or column of lines then.
    column: of tables in files, the one that holds the text. words: what a word is: "whitespace", "words" or
    "kiwi". k: how many of the split words are returned. report: called with the stages. The text may be of
    any size: of more than two million different words the rare ones are counted anew where they come back.
    What the figures mean stands in `tovec.measures.cut_figures`. None says that a model becomes better.
    Raises BadText for a text without words, and for parallel texts of different length; BadSource for what
    cannot be opened, and TovecError for what has no tokenizer.

    >>> from tokenizers import Tokenizer, models, pre_tokenizers
    >>> wordpiece = models.WordPiece({"[UNK]": 0, "cat": 1, "##s": 2, "sat": 3}, unk_token="[UNK]")
    >>> tokenizer = Tokenizer(wordpiece)
    >>> tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    >>> found = tovec.fertility(["cats sat", "cat"], tokenizer).sources[0]
    >>> found.text.figures["tokens_per_word"], found.split[0].pieces
    (1.3333333333333333, ('cat', '##s'))
    """
    k = whole_number("k", k, 0)
    finder = WordFinder(words)
    if not sources:
        raise TovecError("fertility takes one source or more, such as a tokenizer.json")
    report = report or silent
    # Texts first: a path that does not exist is reported before a large tokenizer is read.
    if parallel is None:
        documents = texts_of_column(text, column)
        cutters = [token_cutter(source) for source in sources]
        return _result(_measured(documents, cutters, finder, report), cutters, finder, k)
    if column is not None:
        rule = "left out beside `parallel`, of which every line counts; give both columns, table[column]"
        raise BadSetting("column", column, rule)
    lines = ParallelTexts(text, parallel)  # type: ignore[arg-type]  # it checks them
    cutters = [token_cutter(source) for source in sources]
    found = _measured(Texts(lines.side(0)), cutters, finder, report)
    other = _measured(Texts(lines.side(1)), cutters, finder, report)
    return _result(found, cutters, finder, k, lines, other)


class _Measured:
    """The sums of one text by all tokenizers."""

    def __init__(self, cutters: Sequence[TokenCutter], finder: WordFinder) -> None:
        self.sums = [CutSums(cutter) for cutter in cutters]
        self.n_characters = self.n_bytes = 0
        self.scripts: dict[str, int] = {}
        self._finder = finder
        self._words = TextCounts(self._add_words)
        self._parts = TextCounts(self._add_parts)
        self._needs_parts = not finder.needs_whole_texts or any(cutter.cuts_at_blanks for cutter in cutters)

    @property
    def is_whole(self) -> bool:
        """Whether each different word was counted once."""
        return self._words.is_whole and self._parts.is_whole

    def add(self, texts: Sequence[str], n_bytes: int) -> None:
        """Add some texts, of so many bytes."""
        self.n_bytes += n_bytes
        self.n_characters += sum(map(len, texts))
        for sums in self.sums:
            if not sums.cutter.cuts_at_blanks:
                sums.add_texts(texts)
        if self._finder.needs_whole_texts:
            for words in self._finder.words_of_each(texts):
                self._words.add(words)
        if self._needs_parts:
            self._parts.add(part for text in texts for part in parts_at_blanks(text))

    def end(self) -> None:
        """Sum up what was counted."""
        self._parts.end()
        self._words.end()

    def _add_parts(self, parts: Sequence[str], counts: Counts) -> None:
        for sums in self.sums:
            if sums.cutter.cuts_at_blanks:
                sums.add_texts(parts, counts)
        if not self._finder.needs_whole_texts:
            each = zip(self._finder.words_of_each(parts), counts.tolist(), strict=True)
            self._words.add_counted((word, count) for words, count in each for word in words)

    def _add_words(self, words: Sequence[str], counts: Counts) -> None:
        scripts = np.array([self._place(_script(word)) for word in words], dtype=np.int64)
        for sums in self.sums:
            sums.add_words(words, counts, scripts)

    def _place(self, script: str) -> int:
        return self.scripts.setdefault(script, len(self.scripts))


def _measured(
    documents: GivenDocuments,
    cutters: Sequence[TokenCutter],
    finder: WordFinder,
    report: Reporter,
) -> _Measured:
    if isinstance(documents, TokenLists):
        raise BadText("these are tokens already; give texts, which tokenizers can cut")
    found, n_read = _Measured(cutters, finder), 0
    total = documents.n_bytes()
    for chunk in documents.chunks():
        found.add(list(chunk.texts()), int((chunk.stops - chunk.starts).sum()))
        n_read += chunk.n_read
        report(Stage("reading", n_read, total, "bytes"))
    found.end()
    report(Ended("reading"))
    if not found.scripts:
        raise BadText("the text has no words, so there is nothing to measure")
    return found


def _result(
    found: _Measured,
    cutters: Sequence[TokenCutter],
    finder: WordFinder,
    k: int,
    lines: ParallelTexts | None = None,
    other: _Measured | None = None,
) -> Fertility:
    translations = [None] * len(cutters) if other is None else list(map(partial(_text, other), other.sums))
    each = [
        _of_source(found, sums, translation, k)
        for sums, translation in zip(found.sums, translations, strict=True)
    ]
    return Fertility(
        tuple(each),
        finder.name,
        n_words=each[0].text.words,
        n_distinct=each[0].text.distinct,
        n_characters=found.n_characters,
        n_bytes=found.n_bytes,
        n_lines=None if lines is None else lines.n_pairs,
        notes=tuple(_notes(found, each, lines)),
    )


def _of_source(found: _Measured, sums: CutSums, parallel: Cut | None, k: int) -> SourceFertility:
    cutter = sums.cutter
    scripts = sorted(sums.of_scripts(list(found.scripts)), key=lambda cut: -cut.words)
    return SourceFertility(
        cutter.name,
        _text(found, sums),
        tuple(scripts),
        len(cutter.vocabulary),
        sums.n_unused,
        cutter.row_bytes,
        sums.n_split,
        sums.most_frequent_split(k),
        parallel,
    )


def _text(found: _Measured, sums: CutSums) -> Cut:
    return sums.of_text(found.n_characters, found.n_bytes)


def _notes(
    found: _Measured, sources: Iterable[SourceFertility], lines: ParallelTexts | None
) -> Iterator[str]:
    if not found.is_whole:
        yield (
            "there are more different words than are held at once: rare ones were counted anew where they "
            "came back, so that STRR and the number of different words count some of them again"
        )
    if lines is not None and lines.n_blank:
        blank = counted(lines.n_blank, "line is blank", "lines are blank")
        yield f"{blank} in one of the two texts, and {are(lines.n_blank)} left out"
    for source in sources:
        unknown = {cut.name: cut for cut in source.scripts if cut.is_left_out}
        if source.parallel is not None and source.parallel.is_left_out:
            unknown["the parallel text"] = source.parallel
        if source.text.is_left_out:
            unknown = {"the text": source.text, **unknown}
        if unknown:
            yield f"{source.name}: left out of the comparison, for it does not know {_shares(unknown)}"


def _shares(unknown: Mapping[str, Cut]) -> str:
    shares = (f"{cut.figures['unknown_characters']:.0%} of {name}" for name, cut in unknown.items())
    return ", ".join(shares)


def _script(word: str) -> str:
    return script_of(word) or (OTHERS if any(map(str.isalpha, word)) else NO_SCRIPT)
