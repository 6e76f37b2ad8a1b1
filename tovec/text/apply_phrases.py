"""From words to tokens: which phrases are joined, and the vocabulary that is left.

Every phrase has to be in the vocabulary. One that is not (it overlaps with others and so falls below
min_count, or max_size has no room for it) would remove its words wherever it occurs, so it is dropped, its
words stay, and all is counted again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tovec.errors import TovecError
from tovec.text.phrases import Phrase, PhraseRules, Words, count_tokens, learn_phrases
from tovec.text.tokenizers.phrases import PhraseTokenizer, phrase_of, token_of
from tovec.text.tokenizers.splitting import SplitTokenizer
from tovec.text.vocabulary import Ids, Vocabulary
from tovec.text.vocabulary_rules import VocabularyRules, counted_vocabulary


@dataclass(frozen=True)
class Joined:
    """Words with phrases joined.

    final: the id of each word, then of each phrase; -1: none. n_read: tokens read.
    """

    tokenizer: SplitTokenizer | PhraseTokenizer
    phrases: Sequence[Phrase]
    vocabulary: Vocabulary
    final: Ids
    n_read: int


def learned_phrases(
    words: Words,
    spelled: Sequence[str],
    tokenizer: SplitTokenizer,
    rules: VocabularyRules,
    phrase_rules: PhraseRules,
) -> Joined:
    """Return the phrases that the words themselves show, spelled as in `spelled`; maybe none."""
    phrases = learn_phrases(words, phrase_rules, rules.min_count)
    while True:
        names = [phrase_of([spelled[word] for word in phrase], tokenizer) for phrase in phrases]
        made = PhraseTokenizer(tokenizer, names) if names else tokenizer
        joined = _counted(words, spelled, phrases, names, made, rules)
        kept = [
            phrase for phrase, name in zip(phrases, names, strict=True) if token_of(name) in joined.vocabulary
        ]
        if len(kept) == len(phrases):
            return joined
        phrases = kept


def given_phrases(
    words: Words, spelled: Sequence[str], tokenizer: PhraseTokenizer, rules: VocabularyRules
) -> Joined:
    """Return the phrases of `tokenizer`, all those whose words occur, whether they are frequent or not.

    Raises TovecError for a phrase that no text could hold.
    """
    rows = {word: row for row, word in enumerate(spelled)}
    phrases, names = [], []
    for name in tokenizer.phrases:
        parts = tokenizer.words.tokens(name)
        if len(parts) < 2 or phrase_of(parts, tokenizer.words) != name:
            raise TovecError(
                f"phrase {name!r} is not as tokenizer {tokenizer.name!r} writes two or more words: "
                f"{' '.join(parts)!r}"
            )
        if all(part in rows for part in parts):
            phrases.append(tuple(rows[part] for part in parts))
            names.append(name)
    return _counted(words, spelled, phrases, names, tokenizer, rules)


def _counted(
    words: Words,
    spelled: Sequence[str],
    phrases: Sequence[Phrase],
    names: Sequence[str],
    tokenizer: SplitTokenizer | PhraseTokenizer,
    rules: VocabularyRules,
) -> Joined:
    counts = count_tokens(words, phrases)
    tokens = [*spelled, *map(token_of, names)]
    # A word may be spelled as a phrase is, in a text that says new_york: they are one token.
    rows: dict[str, int] = {}
    same = np.array([rows.setdefault(token, len(rows)) for token in tokens], dtype=np.int64)
    different = list(rows)
    together = np.zeros(len(different), dtype=np.int64)
    np.add.at(together, same, counts)
    vocabulary, final = counted_vocabulary(together, lambda ids: [different[i] for i in ids], rules)
    return Joined(tokenizer, phrases, vocabulary, final[same], int(counts.sum()) + words.n_left_out)
