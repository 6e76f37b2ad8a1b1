"""Texts that are cut at their blanks: a word has the same tokens wherever it stands.

Of a tokenizer that does so each different word, with the blank before it, needs cutting only once, however
often a text has it. Whether one does is read off its steps; what is not known to keep words apart is cut as
a whole. Source of the steps: Hugging Face tokenizers, src/normalizers and src/pre_tokenizers.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tovec.text.tokenizers.growth import state_of, steps_of

# Between what is no white space and a blank. Tabs and others stay inside: libraries differ on what white
# space is, and none takes a blank for anything else.
_BEFORE_BLANKS = re.compile(r"(?<=\S)(?= )")

_MARK = "▁"  # stands for a blank
# The blank behind what is neither white space nor a mark, unless the text ends with it.
_JOINING_BLANK = re.compile(rf"(?<=[^\s{_MARK}]) (?=[\s\S])")

# Each character, or letter with its marks, by itself: a blank is neither.
_NORMALIZERS = frozenset(
    ("BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents"),
)
_FIRST = frozenset(("BertPreTokenizer", "Whitespace", "WhitespaceSplit"))  # what comes next sees words alone
_NEXT = _FIRST | {"ByteLevel", "Digits", "Punctuation", "Split", "UnicodeScripts"}


def parts_at_blanks(text: str) -> list[str]:
    """Return the parts of a text, each a word or several with the blanks before it; joined they are the text.

    >>> parts_at_blanks("the cat  sat")
    ['the', ' cat', '  sat']
    """
    return _BEFORE_BLANKS.split(text)


def word_splitter(library: Any) -> Callable[[str], list[str]] | None:
    """Return what splits a text into parts whose tokens, one after the other, are those of the text.

    Put together the parts need not be the text. None where no such parts are known.
    """
    if is_cut_at_blanks(library):
        return parts_at_blanks
    return _splitter_at_marks(library)


def _splitter_at_marks(library: Any) -> Callable[[str], list[str]] | None:
    """Return that of a tokenizer that puts a mark for each blank and before a text, as Llama's does.

    No token has a mark behind another character, so no merge reaches over one. A blank between two words is
    left out, since the mark before the second comes with it; a text with an added token, before which there
    is no blank but a mark behind it, stays whole.
    """
    normalizers = [*steps_of(state_of(library.normalizer), "normalizers")]
    added = library.get_added_tokens_decoder().values()
    vocabulary = library.get_vocab(with_added_tokens=False)
    if (
        normalizers
        != [
            {"type": "Prepend", "prepend": _MARK},
            {"type": "Replace", "pattern": {"String": " "}, "content": _MARK},
        ]
        or library.pre_tokenizer is not None
        or not _merges_alone(library.model)
        or _MARK not in vocabulary
        or any(token.normalized or not token.content for token in added)
        or any(_MARK in token.lstrip(_MARK) for token in vocabulary)
    ):
        return None
    return partial(
        _parts_at_marks, re.compile("|".join(re.escape(token.content) for token in added) or "(?!)")
    )


def _merges_alone(model: Any) -> bool:
    """Whether a model is byte-pair encoding by merges alone."""
    if type(model).__name__ != "BPE" or model.dropout or model.ignore_merges:
        return False
    return not model.continuing_subword_prefix and not model.end_of_word_suffix


def _parts_at_marks(added: re.Pattern[str], text: str) -> list[str]:
    return [text] if added.search(text) else _JOINING_BLANK.split(text)


def is_cut_at_blanks(library: Any) -> bool:
    """Whether the tokens of any text are those of its `parts_at_blanks`, one after the other.

    library: a tokenizer of Hugging Face's `tokenizers`. False where that is not known.
    """
    normalizers = [step.get("type") for step in steps_of(state_of(library.normalizer), "normalizers")]
    first, *following = [*steps_of(state_of(library.pre_tokenizer), "pretokenizers")] or [{}]
    return (
        all(name in _NORMALIZERS for name in normalizers if name is not None)
        and _splits(first)
        and all(step.get("type") in _NEXT or _is_plain_metaspace(step) for step in following)
        and not any(
            added.lstrip or added.rstrip or any(map(str.isspace, added.content))
            for added in library.get_added_tokens_decoder().values()
        )
    )


def _splits(step: Mapping[str, Any]) -> bool:
    """Whether a first step splits before each run of blanks, or takes it away."""
    kind = step.get("type")
    if kind == "ByteLevel":  # by GPT-2's pattern, of which no part goes from a letter or sign to a blank
        return step.get("use_regex") is not False
    return kind in _FIRST or (kind == "Metaspace" and step.get("split") is not False)


def _is_plain_metaspace(step: Mapping[str, Any]) -> bool:
    """Whether `▁` comes before every word or none; the first word of a text is another one otherwise."""
    return step.get("type") == "Metaspace" and step.get("prepend_scheme") in ("always", "never")
