"""The number of a string in spaCy, the key of its vector.

That of a symbol is its place in a fixed list; that of any other string MurmurHash64A, seed 1, of its UTF-8.
Sources: spacy/strings.pyx (`get_string_id`, `hash_utf8`), spacy/symbols.pyx; Austin Appleby's
MurmurHash2.cpp.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MIX = 0xC6A4A7935BD1E995
_SEED = 1
# The symbols from their first number on; left out are FLAG19 to FLAG63 and 276 that are unused.
_SYMBOLS = {
    1: "IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM LIKE_EMAIL "
    "IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY",
    64: "ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE HEAD "
    "SENT_START SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT "
    "SCONJ SYM VERB X EOL SPACE",
    380: "PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME PERCENT MONEY "
    "QUANTITY ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux auxpass cc ccomp complm "
    "conj cop csubj csubjpass dep det dobj expl hmod hyph infmod intj iobj mark meta neg nmod nn "
    "npadvmod nsubj nsubjpass num number oprd obj obl parataxis partmod pcomp pobj poss possessive "
    "preconj prep prt punct quantmod relcl rcmod root xcomp acl ENT_KB_ID MORPH ENT_ID IDX _",
}
SYMBOLS = {name: first + n for first, names in _SYMBOLS.items() for n, name in enumerate(names.split())}


def numbers_of(strings: Sequence[str]) -> NDArray[np.uint64]:
    """Return the number of each string, (n,)."""
    texts = [string.encode("utf-8", "surrogatepass") for string in strings]
    by_length = defaultdict(list)
    for row, text in enumerate(texts):
        by_length[len(text)].append(row)
    numbers = np.zeros(len(texts), dtype=np.uint64)
    for length, rows in by_length.items():
        joined = b"".join([texts[row] for row in rows])
        numbers[rows] = _murmur(np.frombuffer(joined, dtype=np.uint8).reshape(len(rows), length))
    for row, string in enumerate(strings):
        if string in SYMBOLS:
            numbers[row] = SYMBOLS[string]
    return numbers


def _murmur(texts: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the hash of each row of bytes; arithmetic is modulo 2^64."""
    n_texts, length = texts.shape
    padded = np.zeros((n_texts, -(-length // 8) * 8), dtype=np.uint8)
    padded[:, :length] = texts
    words = padded.view("<u8")
    mix, shift = np.uint64(_MIX), np.uint64(47)
    hashes = np.full(n_texts, _SEED ^ (length * _MIX & 0xFFFFFFFFFFFFFFFF), dtype=np.uint64)
    for word in words.T[: length // 8]:
        mixed = word * mix
        hashes ^= (mixed ^ (mixed >> shift)) * mix
        hashes *= mix
    if length % 8:
        hashes ^= words[:, -1]
        hashes *= mix
    hashes ^= hashes >> shift
    hashes *= mix
    return hashes ^ (hashes >> shift)
