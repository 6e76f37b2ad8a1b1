"""Character n-grams of tokens, each hashed to a bucket: what a token shares with others spelled like it.

Characters: exactly fastText (Bojanowski et al. 2017, arXiv:1607.04606; `Dictionary::computeSubwords`
of its source). Jamo: Park et al. 2018, "Subword-level Word Vector Representations for Korean" (ACL
P18-1226), as their published code does it, which is fastText on spelled-out syllables.
"""

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tovec.checks import as_whole
from tovec.errors import BadSetting
from tovec.text.jamo import spelled_out
from tovec.text.ngram_arrays import END, START, BucketRules, ngram_buckets
from tovec.text.token_bytes import Spelling, bytes_of_name
from tovec.text.vocabulary import Ids

Offsets = NDArray[np.int64]
Unit = Literal["characters", "jamo"]
Kind = TypeVar("Kind")

# A character as fastText cuts bytes: whatever begins one, and the bytes of 10xxxxxx that follow.
_CHARACTER = re.compile("[^\udc80-\udcbf][\udc80-\udcbf]*", re.DOTALL)

FAST_FROM = 8  # tokens; below that, one after the other is sooner done
STEP = 8192  # tokens at a time: a few megabytes of symbols


class NgramRows(NamedTuple):
    """The n-grams of many tokens in a table of the buckets that occur, and of no others.

    rows: (n_ngrams,) int32; those of token i are rows[offsets[i]:offsets[i + 1]]. offsets:
    (n_tokens + 1,) int64. buckets: (n_rows,) int32, ascending, the bucket that each row stands for.
    """

    rows: Ids
    offsets: Offsets
    buckets: Ids


_PRESENT_NAMES = {"least": "min_length", "most": "max_length"}
_NAMES_IN_FILES = {present: former for former, present in _PRESENT_NAMES.items()}


def _with_present_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by the names of NgramRule's fields, where one has its former name."""
    present = {name: value for name, value in settings.items() if name not in _PRESENT_NAMES}
    former = {_PRESENT_NAMES[name]: value for name, value in settings.items() if name in _PRESENT_NAMES}
    return present | former


def _accepts_former_names(kind: type[Kind]) -> type[Kind]:
    """Decorate a class whose constructor then also takes former names of its fields."""
    init: Callable[..., None] = kind.__init__

    @functools.wraps(init)
    def accepting(self: Kind, *args: Any, **settings: Any) -> None:
        init(self, *args, **_with_present_names(settings))

    kind.__init__ = accepting  # type: ignore[method-assign, assignment]
    return kind


@_accepts_former_names
@dataclass(frozen=True)
class NgramRule:
    """Which n-grams a token has, and in which of `buckets` buckets each of them is.

    unit `characters`: `<token>`, with a mark at either end, has every run of `min_length` to `max_length`
    code points as an n-gram, a mark alone excepted. The code points are taken as they are, as fastText
    does, so composed and decomposed é differ. Of bytes that are not UTF-8 (surrogate escapes in the token)
    one of 0x80 to 0xBF is the rest of the character before it, which may be the mark, and any other is a
    character.

    unit `jamo`: every Hangul syllable is spelled out as initial, vowel and final, `e` where there
    is no final: 먹었다 is `<ㅁㅓㄱㅇㅓㅆㄷㅏe>`. N-grams are every run of `min_length` to `max_length`
    symbols, the marks included, and every longer run of up to `syllables` whole characters without the marks:
    먹었, 었다 and 먹었다. (A single syllable is a run of three symbols.) The token is brought to NFC
    first. Any character that is not a syllable is one symbol and stands for itself: ㅋㅋ shares its ㅋ with
    크. The published code counts whole characters in threes and so, in a word that mixes Hangul with
    other characters, cuts some of the longer runs elsewhere.
    syllables: for unit `jamo` alone; 0 for no longer runs.

    An n-gram that occurs twice in a token counts twice. Different n-grams may share a bucket.
    `least` and `most` are the former names of the lengths; they are still accepted.
    Raises BadSetting for lengths below 1 or in the wrong order, and for buckets below 1 or above
    2**31 - 1.

    >>> NgramRule(min_length=3, max_length=3).ngrams("where")
    ['<wh', 'whe', 'her', 'ere', 're>']
    """

    min_length: int = 3
    max_length: int = 6
    buckets: int = 2_000_000
    unit: Unit = "characters"
    syllables: int = 4

    def __post_init__(self) -> None:
        for name, least in (
            ("min_length", 1),
            ("max_length", as_whole(self.min_length) or 1),
            ("syllables", 0),
            ("buckets", 1),
        ):
            object.__setattr__(self, name, _whole(name, getattr(self, name), least))
        if self.unit not in ("characters", "jamo"):
            raise BadSetting("unit", self.unit, "characters or jamo")

    @property
    def least(self) -> int:
        """The former name of `min_length`."""
        return self.min_length

    @property
    def most(self) -> int:
        """The former name of `max_length`."""
        return self.max_length

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON values, under the names that files have for them."""
        return {_NAMES_IN_FILES.get(name, name): value for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def from_json(cls, settings: Mapping[str, Any]) -> "NgramRule":
        """Return the rule of `as_json`. Raises BadSetting for a setting that is missing, wrong or unknown."""
        present = _with_present_names(settings)
        names = {field.name for field in dataclasses.fields(cls)}
        if set(present) != names:
            in_files = ", ".join(sorted(_NAMES_IN_FILES.get(name, name) for name in names))
            raise BadSetting("settings of n-grams", sorted(settings), f"exactly {in_files}")
        try:
            return cls(**present)
        except BadSetting as error:  # named as it is in the file
            in_file = _NAMES_IN_FILES.get(error.name, error.name)
            error.args = (in_file + str(error).removeprefix(error.name),)
            raise

    def ngrams(self, token: str) -> list[str]:
        """Return the n-grams of `token` as they are spelled, from left to right, shorter ones first."""
        if self.unit == "characters":
            symbols, bounds = _CHARACTER.findall(START + token + END), set()
        else:
            parts = [spelled_out(character) for character in unicodedata.normalize("NFC", token)]
            symbols = list(START + "".join(parts) + END)
            bounds = set(accumulate(map(len, parts), initial=len(START)))  # of whole characters
        return ["".join(symbols[start:stop]) for start, stop in self._runs(len(symbols), bounds)]

    def _runs(self, n_symbols: int, bounds: set[int]) -> Iterator[tuple[int, int]]:
        for start in range(n_symbols):
            n_characters = 0
            for stop in range(start + 1, n_symbols + 1):
                length = stop - start
                n_characters += stop in bounds
                longer = self.unit == "jamo" and start in bounds and n_characters <= self.syllables
                if length > self.max_length and not longer:
                    break
                if length > self.max_length:
                    if stop in bounds:
                        yield start, stop
                elif length >= self.min_length and not (length == 1 and (start == 0 or stop == n_symbols)):
                    yield start, stop

    def bucket(self, ngram: str) -> int:
        """Return the bucket of an n-gram, spelled as in `ngrams`; 0 … buckets - 1.

        FNV-1a of 32 bits over its UTF-8, each byte taken as a signed number, as fastText's hash does;
        surrogate escapes are the bytes that they stand for.
        """
        digest = 2166136261
        for byte in bytes_of_name(ngram, Spelling.PLAIN):
            signed = byte if byte < 0x80 else byte | 0xFFFFFF00
            digest = (digest ^ signed) * 16777619 & 0xFFFFFFFF
        return digest % self.buckets

    def ngram_ids(self, tokens: Sequence[str]) -> tuple[Ids, Offsets]:
        """Return the buckets of the n-grams of every token, in the order of `ngrams`.

        ids: (n_ngrams,) int32; those of token i are ids[offsets[i]:offsets[i + 1]], none for a token
        that is too short. offsets: (n_tokens + 1,) int64.
        """
        if len(tokens) >= FAST_FROM:
            return self._ids_at_once(tokens)
        found = [[self.bucket(ngram) for ngram in self.ngrams(token)] for token in tokens]
        ids = np.array([bucket for buckets in found for bucket in buckets], dtype=np.int32)
        return ids, _offsets([len(buckets) for buckets in found])

    def _ids_at_once(self, tokens: Sequence[str]) -> tuple[Ids, Offsets]:
        if self.unit == "jamo":
            tokens = [unicodedata.normalize("NFC", token) for token in tokens]
        rules = BucketRules(
            *(self.min_length, self.max_length, self.buckets),
            syllables=self.syllables if self.unit == "jamo" else None,
        )
        parts = [ngram_buckets(tokens[start : start + STEP], rules) for start in range(0, len(tokens), STEP)]
        return np.concatenate([ids for ids, _ in parts]), _offsets(np.concatenate([n for _, n in parts]))

    def rows(self, tokens: Sequence[str]) -> NgramRows:
        """Return the n-grams of `tokens` as rows of a table that holds only the buckets they use.

        Most buckets of the default two million stay empty; this way they cost nothing. Needs five
        bytes a bucket while it works.
        """
        ids, offsets = self.ngram_ids(tokens)
        used = np.zeros(self.buckets, dtype=np.bool_)
        used[ids] = True
        row_of = np.cumsum(used, dtype=np.int32) - np.int32(1)
        return NgramRows(row_of[ids], offsets, np.flatnonzero(used).astype(np.int32))


def _offsets(lengths: Sequence[int] | NDArray[np.int64]) -> Offsets:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _whole(name: str, value: object, least: int) -> int:
    number = as_whole(value)
    if number is None or not least <= number < 1 << 31:
        raise BadSetting(name, value, f"a whole number from {least} to 2**31 - 1")
    return number


# The rule that the sources of the two units use: for a run that names no more than the unit.
# fastText: its defaults. Jamo: README of https://github.com/SungjoonPark/KoreanWordVectors, which
# recommends 10,000,000 buckets for 3 GB of text.
RULES: Mapping[Unit, NgramRule] = {
    "characters": NgramRule(),
    "jamo": NgramRule(min_length=3, max_length=5, unit="jamo", syllables=4),
}
