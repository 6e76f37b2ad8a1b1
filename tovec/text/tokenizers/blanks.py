"""Texts that are cut at their blanks: a word has the same tokens wherever it stands.

Of a tokenizer that does so each different word, with the blank before it, needs cutting only once, however
often a text has it. Whether one does is read off its steps; what is not known to keep words apart is cut as
a whole. Source of the steps: Hugging Face tokenizers, src/normalizers and src/pre_tokenizers.
"""

import re
from collections.abc import Mapping
from typing import Any

from tovec.text.tokenizers.growth import state_of, steps_of

# Between what is no white space and a blank. Tabs and others stay inside: libraries differ on what white
# space is, and none takes a blank for anything else.
_BEFORE_BLANKS = re.compile(r"(?<=\S)(?= )")

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
