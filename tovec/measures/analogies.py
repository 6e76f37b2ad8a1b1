"""Analogies: how many questions `a is to b as c is to ?` an embedding answers.

3CosAdd (Levy and Goldberg 2014, W14-1618, eq. 3; Mikolov et al. 2013): the row of highest
cos(b) - cos(a) + cos(c). 3CosMul (the same, eq. 5): of highest cos(b) cos(c) / (cos(a) + 0.001), cosines
moved to [0, 1] by (cos + 1) / 2. The words of a question are no answers to it. LRCos: see lrcos.py.

The cosine of a row with the sum of unit vectors orders rows as the sum of their cosines does. So the cosines
of the few hundred words of a set with all rows are computed once, and a question adds up three of them; one
matrix product per question, as gensim makes it, reads the whole table each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadSetting, BadTestSet
from tovec.measures.analogy_files import SEMANTIC, SYNTACTIC, Analogies, Pair
from tovec.measures.known_pairs import KnownPairs, known_pairs, unit_blocks
from tovec.measures.words import WordRows
from tovec.threads import Threads, shares
from tovec.vectors.cosine import unit_rows
from tovec.vectors.table import Vectors

ADD, MUL, LR = "3CosAdd", "3CosMul", "LRCos"
METHODS = (ADD, MUL, LR)
LIMIT = 300_000  # of the most frequent tokens; gensim's `restrict_vocab`
EPSILON = 0.001  # of 3CosMul, by which Levy and Goldberg prevent a division by zero


@dataclass(frozen=True)
class SectionScore:
    """How many questions of a section are answered.

    group: "semantic" or "syntactic", where the name of the section says so. n_covered: of `n_questions`,
    those whose words, and one answer at least, are in the vocabulary; the others do not count.
    """

    name: str
    group: str | None
    n_correct: int
    n_covered: int
    n_questions: int

    @property
    def accuracy(self) -> float:
        """The share of the covered questions that is answered correctly; NaN without any."""
        return self.n_correct / self.n_covered if self.n_covered else float("nan")


@dataclass(frozen=True)
class AnalogyScore:
    """How many questions of a set are answered, by section.

    limit: how many of the most frequent tokens took part. LRCos asks a question for each pair of a section,
    the other methods for each pair of pairs.
    """

    name: str
    method: str
    limit: int
    sections: tuple[SectionScore, ...]

    @property
    def total(self) -> SectionScore:
        """All sections together."""
        return _total("total", None, self.sections)

    @property
    def groups(self) -> tuple[SectionScore, ...]:
        """The totals of the semantic and of the syntactic sections, where there are any."""
        of_group = {
            group: [section for section in self.sections if section.group == group]
            for group in (SEMANTIC, SYNTACTIC)
        }
        return tuple(_total(group, group, found) for group, found in of_group.items() if found)


def analogies(
    embedding: Embedding, asked: Analogies, method: str = ADD, *, limit: int | None = LIMIT, seed: int = 0
) -> AnalogyScore:
    """Return how many questions of a set an embedding answers.

    method: "3CosAdd", "3CosMul" or "LRCos". limit: only so many of the most frequent tokens are words of
    questions and answers, None for all. Words are looked up as `WordRows` says, and an answer is right in any
    case. Of several right answers of a pair, the first that is in the vocabulary stands for it in
    questions about other pairs. seed: of the random words of LRCos.
    Raises BadTestSet where no question is covered, BadSetting for an unknown method.
    """
    if method not in METHODS:
        raise BadSetting("method", method, f"one of {', '.join(METHODS)}")
    words = WordRows(embedding.vocabulary, limit)
    known, place = known_pairs(words, asked)
    if method == LR:
        from tovec.measures.lrcos import lrcos

        sections = known.section
        n_questions = [len(section.pairs) for section in asked.sections]
        found = lrcos(embedding, words, known, seed) if len(sections) else np.empty(0, dtype=np.int64)
        answers = known.answers
    else:
        questions, sections = _covered_questions(asked, place)
        n_questions = [len(section.questions) for section in asked.sections]
        found = _solved(embedding.vectors, words, known, questions, method)
        answers = known.answers[questions[:, 1]]
    if not len(sections):
        raise BadTestSet(
            f"{asked.name}: no question has all its words in the vocabulary"
            f"{'' if limit is None else f', of which the first {len(words.ids):,} take part'}"
        )
    kinds = np.append(words.kinds, -2)[found]  # -1 for no answer, which is none of a question
    is_right = (kinds[:, None] == answers).any(axis=1)
    n = len(asked.sections)
    right, covered = np.bincount(sections[is_right], minlength=n), np.bincount(sections, minlength=n)
    return AnalogyScore(
        asked.name,
        method,
        len(words.ids),
        tuple(
            SectionScore(section.name, section.group, int(right[i]), int(covered[i]), n_questions[i])
            for i, section in enumerate(asked.sections)
        ),
    )


def _covered_questions(
    asked: Analogies, place: dict[tuple[int, Pair], int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the questions that are covered, (n, 2) numbers of pairs, and the section of each."""
    questions, sections = [], []
    for number, section in enumerate(asked.sections):
        for first, second in section.questions:
            pair = place.get((number, first), -1), place.get((number, second), -1)
            if min(pair) >= 0:
                questions.append(pair)
                sections.append(number)
    return np.array(questions, dtype=np.int64).reshape(-1, 2), np.array(sections, dtype=np.int64)


def _solved(
    vectors: Vectors, words: WordRows, known: KnownPairs, questions: NDArray[np.int64], method: str
) -> NDArray[np.int64]:
    """Return the answer to each question, (n,), as a place in `words.ids`; -1 where there is none."""
    from tovec.measures.analogy_kernels import best_products, best_sums

    rows = np.stack(
        [known.left[questions[:, 0]], known.right[questions[:, 0]], known.left[questions[:, 1]]], 1
    )
    distinct, numbers = np.unique(rows, return_inverse=True)
    kinds_asked = words.kinds[words.places(rows)]
    table = np.concatenate([numbers.reshape(rows.shape), kinds_asked], axis=1).astype(np.int32)
    units = unit_rows(np.asarray(vectors[distinct], dtype=np.float32)).astype(np.float32)
    loop = partial(best_products, epsilon=np.float32(EPSILON)) if method == MUL else best_sums
    scores = np.full(len(rows), -np.inf, dtype=np.float32)
    found = np.full(len(rows), -1, dtype=np.int64)
    with Threads() as threads:
        for start, block, kinds in unit_blocks(vectors, words, len(units)):
            cosines = units @ block.T
            if method == MUL:
                cosines = (cosines + np.float32(1)) / np.float32(2)
            threads.run(
                (loop, cosines, table, kinds, start, scores, found, first, last)
                for first, last in shares(len(rows))
            )
    return found


def _total(name: str, group: str | None, sections: Sequence[SectionScore]) -> SectionScore:
    return SectionScore(
        name,
        group,
        sum(section.n_correct for section in sections),
        sum(section.n_covered for section in sections),
        sum(section.n_questions for section in sections),
    )
