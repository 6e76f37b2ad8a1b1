"""A corpus: documents as one stream of ids on disk, built in one pass over the text.

The pass gives every token a provisional id (scanning.py) and appends those to a file; when all is
counted the file is rewritten in place with final ids. So text is read once, also from a pipe, and
memory holds the distinct tokens and a few chunks, never the text. Chunks are read by all threads,
and since final ids depend on counts and spelling alone, neither the number of threads nor their
timing changes the result.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.errors import EmptyCorpus, TovecError
from tovec.storage.disk import reporting_write
from tovec.text import apply_phrases
from tovec.text.corpus_files import CorpusWriter, DocumentSource, spooled
from tovec.text.detokenize import check_gives_text
from tovec.text.documents import Chunk, texts
from tovec.text.in_memory import TokenLists
from tovec.text.phrases import PhraseRules, Words
from tovec.text.scanning import ClosedScanner, Lengths, PythonScanner, Scanner, SplitScanner, TokenTable
from tovec.text.tokenizer_definition import closed_names
from tovec.text.tokenizers import END_OF_TEXT, Tokenizer, ended_tokenizer
from tovec.text.tokenizers.phrases import PhraseTokenizer, check_has_phrases
from tovec.text.tokenizers.splitting import SplitTokenizer
from tovec.text.tokenizers.subwords import SubwordRecipe
from tovec.text.vocabulary import Counts, Ids, Vocabulary
from tovec.text.vocabulary_rules import VocabularyRules as VocabularyRules
from tovec.text.vocabulary_rules import counted_vocabulary, ending_texts

OnRead = Callable[[int], None]  # how many bytes of the input have been read since the last call


@dataclass(frozen=True)
class Corpus:
    """Documents as ids, memory-mapped.

    ids: (n_ids,) int32, all documents one after the other. offsets: (n_documents + 1,) int64;
    document i is ids[offsets[i]:offsets[i + 1]]. tokenizer: what cuts a text into such tokens, None where
    it is unknown. n_read: tokens read, those outside the vocabulary included. n_replaced: bad bytes of the
    text that became U+FFFD. min_count: how often a token must occur to be in the vocabulary. end_of_text: the
    id of END_OF_TEXT, None where the vocabulary was made without it; `ids` has it only where a text spells
    it, and its count is that of the documents. n_missing: rows of a table without a text, which are left out.
    """

    vocabulary: Vocabulary
    tokenizer: Tokenizer | None
    ids: Ids
    offsets: NDArray[np.int64]
    n_read: int
    n_replaced: int
    min_count: int = 1
    end_of_text: int | None = None
    n_missing: int = 0

    @property
    def n_documents(self) -> int:
        """How many documents there are; blank ones do not count."""
        return len(self.offsets) - 1


_EVERY_TOKEN = VocabularyRules()


def build_corpus(
    documents: DocumentSource,
    tokenizer: Tokenizer | SubwordRecipe | None,
    directory: Path,
    rules: VocabularyRules = _EVERY_TOKEN,
    *,
    choose_min_count: Callable[[Counts], int] | None = None,
    phrases: PhraseRules | None = None,
    end_of_text: bool = False,
    threads: int | None = None,
    on_read: OnRead | None = None,
) -> Corpus:
    """Read `documents` into `ids.i32` and `offsets.i64` in `directory`; return them mapped.

    A recipe is trained on the documents first, which are then read twice. Lists of tokens are not cut: the
    tokenizer, None or an open one, is only what will cut texts later. choose_min_count: gives the min_count
    for the counts of all tokens, in the place of that of `rules`; a tokenizer with a vocabulary of its own
    has none. phrases: which neighboring words become one token; the corpus's tokenizer then joins them too.
    end_of_text: as a language model needs it. The vocabulary has END_OF_TEXT, after the special tokens of an
    open tokenizer and last of a closed one, and the corpus's tokenizer knows it; an open one has an unknown
    token, so that no token of a text is left out. threads: None for all cores.
    Raises EmptyCorpus when nothing is left, TovecError for a tokenizer that `rules` or `phrases` do
    not go with, and what `documents` raises.
    """
    if tokenizer is None and not isinstance(documents, TokenLists):
        raise TovecError("texts need a tokenizer to be cut by; only lists of tokens do without")
    if isinstance(documents, TokenLists):
        _check_open(tokenizer)
    if tokenizer is not None:
        _check_rules(tokenizer, rules)
    if phrases is not None:
        check_has_phrases(tokenizer)
    if end_of_text:
        check_gives_text(tokenizer)
        if isinstance(tokenizer, Tokenizer) and tokenizer.vocabulary is not None:
            tokenizer = ended_tokenizer(tokenizer)
        elif not isinstance(tokenizer, SubwordRecipe):
            rules = ending_texts(rules)
    with reporting_write(directory):
        directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        if isinstance(tokenizer, SubwordRecipe):
            documents = files.enter_context(spooled(documents, directory))
            read = texts(documents.chunks(whole_documents=True))
            tokenizer = tokenizer.train(read, end_of_text=end_of_text)
        writer = files.enter_context(CorpusWriter(directory))
        cutter = None if isinstance(documents, TokenLists) else tokenizer
        scanners = _read(
            documents, cutter, writer, threads or os.cpu_count() or 1, on_read, breaks=phrases is not None
        )
        rules_of = partial(_rules_of, rules, choose_min_count)
        if cutter is not None and (phrases is not None or isinstance(cutter, PhraseTokenizer)):
            joined, rules = _joined(scanners, cutter, writer, rules_of, phrases)
            tokenizer, vocabulary, n_read = joined.tokenizer, joined.vocabulary, joined.n_read
        else:
            vocabulary, finals, n_read, rules = _vocabulary(scanners, cutter, rules_of)
            writer.finish(finals)
    corpus = Corpus(
        *(vocabulary, tokenizer, *writer.mapped(), n_read, writer.n_replaced, rules.min_count),
        n_missing=writer.n_missing,
    )
    _check_not_empty(corpus)
    return _with_ends(corpus) if end_of_text else corpus


def _with_ends(corpus: Corpus) -> Corpus:
    """Return the corpus with its documents counted as END_OF_TEXT, which stands for no text."""
    vocabulary = corpus.vocabulary
    row = vocabulary.tokens.index(END_OF_TEXT)
    assert vocabulary.counts is not None
    counts = vocabulary.counts.copy()
    counts[row] += corpus.n_documents
    return replace(corpus, vocabulary=vocabulary.with_counts(counts, special=[row]), end_of_text=row)


def _check_rules(tokenizer: Tokenizer | SubwordRecipe, rules: VocabularyRules) -> None:
    """Raise TovecError for rules that a closed vocabulary would ignore; min_count alone has a default."""
    closed = isinstance(tokenizer, SubwordRecipe) or tokenizer.vocabulary is not None
    if closed and (rules.max_size is not None or rules.special_tokens or rules.unknown is not None):
        raise TovecError(
            f"tokenizer {tokenizer.name!r} brings its own vocabulary: max-size, special tokens and an "
            "unknown token go with words, whitespace, characters and kiwi"
        )


def _check_open(tokenizer: Tokenizer | SubwordRecipe | None) -> None:
    """Raise TovecError for a tokenizer that would have to cut lists of tokens."""
    if isinstance(tokenizer, SubwordRecipe) or (tokenizer is not None and tokenizer.vocabulary is not None):
        raise TovecError(
            f"lists of tokens are used as they are, so tokenizer {tokenizer.name!r} cannot bring its "
            "vocabulary; leave it out, or give texts"
        )


RulesOf = Callable[[Counts], VocabularyRules]


def _rules_of(
    rules: VocabularyRules, choose_min_count: Callable[[Counts], int] | None, counts: Counts
) -> VocabularyRules:
    """Return the rules for tokens of these counts."""
    return rules if choose_min_count is None else replace(rules, min_count=choose_min_count(counts))


class _Scanned(NamedTuple):
    chunk: Chunk
    scanner: int
    ids: Ids
    lengths: Lengths


def _read(
    documents: DocumentSource,
    tokenizer: Tokenizer | None,
    writer: CorpusWriter,
    threads: int,
    on_read: OnRead | None,
    breaks: bool,
) -> list[Scanner]:
    """Scan all chunks on `threads` threads, write them in order, return the scanners.

    Those of words that will be joined to phrases are scanned as words, with BREAKs, as with `breaks`.
    """
    if isinstance(tokenizer, PhraseTokenizer):
        tokenizer, breaks = tokenizer.words, True
    scanners = _scanners(tokenizer, threads, breaks)
    idle: SimpleQueue[int] = SimpleQueue()
    for number in range(len(scanners)):
        idle.put(number)

    def scan(chunk: Chunk) -> _Scanned:
        number = idle.get()
        try:
            return _Scanned(chunk, number, *scanners[number].scan(chunk))
        finally:
            idle.put(number)

    def write(scanned: _Scanned) -> None:
        writer.append(scanned.scanner, scanned.ids, scanned.lengths, scanned.chunk)
        if on_read is not None:
            on_read(scanned.chunk.n_read)

    # Pieces of a document are words apart for a scanner of words; others must see it whole.
    whole = not isinstance(tokenizer, SplitTokenizer)
    waiting: deque[Future[_Scanned]] = deque()
    with ThreadPoolExecutor(len(scanners), thread_name_prefix="tovec-read") as pool:
        for chunk in documents.chunks(whole_documents=whole):
            waiting.append(pool.submit(scan, chunk))
            if len(waiting) > len(scanners) + 1:
                write(waiting.popleft().result())
        while waiting:
            write(waiting.popleft().result())
    return scanners


def _scanners(tokenizer: Tokenizer | None, threads: int, breaks: bool) -> list[Scanner]:
    if isinstance(tokenizer, SplitTokenizer):
        return [SplitScanner(tokenizer, breaks) for _ in range(threads)]
    if tokenizer is not None and tokenizer.vocabulary is not None:
        return [ClosedScanner(tokenizer)]
    return [PythonScanner(tokenizer)]


def _vocabulary(
    scanners: Sequence[Scanner], tokenizer: Tokenizer | None, rules_of: RulesOf
) -> tuple[Vocabulary, list[Ids], int, VocabularyRules]:
    """Return the vocabulary, the final id of each provisional id by scanner (-1: none), tokens, rules."""
    if tokenizer is not None and tokenizer.vocabulary is not None:
        assert isinstance(scanners[0], ClosedScanner)
        tokens, counts = scanners[0].tokens_and_counts()
        finals = [np.arange(len(tokens), dtype=np.int32)]
        vocabulary = Vocabulary(tokens, counts, **closed_names(tokenizer)._asdict())
        return vocabulary, finals, int(counts.sum()), _EVERY_TOKEN
    if isinstance(scanners[0], SplitScanner):
        table, rows = _one_table(scanners)
        counts = table.counts[: table.n_tokens]
        rules = rules_of(counts)
        vocabulary, final = counted_vocabulary(counts, table.tokens, rules)
    else:
        assert isinstance(scanners[0], PythonScanner)
        tokens, counts = scanners[0].tokens_and_counts()
        rules = rules_of(counts)
        rows = [np.arange(len(tokens), dtype=np.int32)]
        vocabulary, final = counted_vocabulary(counts, lambda ids: [tokens[i] for i in ids], rules)
    return vocabulary, [final[row] for row in rows], int(counts.sum()), rules


def _one_table(scanners: Sequence[Scanner]) -> tuple[TokenTable, list[Ids]]:
    """Return the tokens of all scanners in one table, and the ids there of each scanner's own."""
    tables = [scanner.table for scanner in scanners if isinstance(scanner, SplitScanner)]
    rows = [tables[0].absorb(other) for other in tables[1:]]
    return tables[0], [np.arange(tables[0].n_tokens, dtype=np.int32), *rows]


def _joined(
    scanners: Sequence[Scanner],
    tokenizer: Tokenizer,
    writer: CorpusWriter,
    rules_of: RulesOf,
    phrases: PhraseRules | None,
) -> tuple[apply_phrases.Joined, VocabularyRules]:
    """Write the ids of words with phrases joined: those that `phrases` find, or those of the tokenizer."""
    from tovec.text import kernels

    table, rows = _one_table(scanners)
    counts = table.counts[: table.n_tokens]
    rules = rules_of(counts)
    # Rare words are in no phrase that is found; but they may be in one that is given, or be special,
    # and where all are rare the error names one.
    has_special = bool(rules.special_tokens) or rules.unknown is not None
    only_frequent = phrases is not None and not has_special and counts.max(initial=0) >= rules.min_count
    frequent = np.flatnonzero(counts >= (rules.min_count if only_frequent else 1))
    word_ids = np.full(len(counts), kernels.BREAK, dtype=np.int32)
    word_ids[frequent] = np.arange(len(frequent))
    writer.finish([word_ids[row] for row in rows], breaks=True)
    n_left_out = int(counts.sum() - counts[frequent].sum())
    words, spelled = Words(*writer.mapped(), counts[frequent], n_left_out), table.tokens(frequent)
    if isinstance(tokenizer, PhraseTokenizer):
        joined = apply_phrases.given_phrases(words, spelled, tokenizer, rules)
    else:
        assert isinstance(tokenizer, SplitTokenizer) and phrases is not None
        joined = apply_phrases.learned_phrases(words, spelled, tokenizer, rules, phrases)
    del words  # its map, before the file under it changes
    writer.join(joined.phrases, joined.final)
    return joined, rules


def _check_not_empty(corpus: Corpus) -> None:
    if corpus.n_documents == 0:
        raise EmptyCorpus(
            "the input holds no text: no line, file or string that is not blank; a generator that has been "
            "read before gives nothing more"
        )
    if len(corpus.ids) == 0:
        name = None if corpus.tokenizer is None else corpus.tokenizer.name
        raise EmptyCorpus(
            f"the input holds no tokens for tokenizer {name!r}; use another, such as whitespace"
        )
