"""The tokenizer.json of byte-level BPE, from merges or from the ranks of tiktoken."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tovec.models.tokenizer_files.merges import merges_of
from tovec.models.tokenizer_files.pretokenizers import Pretokenizer
from tovec.text.token_bytes import BYTE_OF, byte_level_name
from tovec.text.tokenizers.base import added_token, tokenizer_json


def holds_all_bytes(names: Iterable[str | None]) -> bool:
    """Whether each of the 256 bytes is a token, so that any text can be cut."""
    return set(BYTE_OF).issubset(name for name in names if name is not None)


def definition(
    names: Sequence[str | None],
    merges: Sequence[Sequence[str]],
    pretokenizer: Pretokenizer,
    *,
    added: Mapping[int, bool] | None = None,
    add_prefix_space: bool = False,
) -> str:
    """Return the text of the tokenizer.json.

    merges: pairs of names, the first merged first. added: ids of tokens that are found by name before text is
    cut, and whether each is special.
    """
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": pretokenizer.whole,
        "vocab": {name: row for row, name in enumerate(names) if name is not None},
        "merges": merges,
    }
    found = [(row, names[row], special) for row, special in (added or {}).items()]
    return tokenizer_json(
        model,
        pre_tokenizer=_pre_tokenizer(pretokenizer, add_prefix_space),
        decoder=_byte_level(add_prefix_space, use_regex=True),
        added_tokens=[added_token(row, name, special) for row, name, special in found if name is not None],
        indent=None,
    )


def of_ranks(names: Sequence[str | None], ranks: Mapping[bytes, int], pretokenizer: Pretokenizer) -> str:
    """Return the text of the tokenizer.json that merges by tiktoken's ranks."""
    merges = merges_of({byte_level_name(token): rank for token, rank in ranks.items()})
    return definition(names, merges, pretokenizer)


def _pre_tokenizer(pretokenizer: Pretokenizer, add_prefix_space: bool) -> dict[str, Any]:
    splits = [
        {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
        for pattern in pretokenizer.patterns
    ]
    last = _byte_level(add_prefix_space, use_regex=pretokenizer.gpt2)
    return {"type": "Sequence", "pretokenizers": [*splits, last]} if splits else last


def _byte_level(add_prefix_space: bool, *, use_regex: bool) -> dict[str, Any]:
    return {
        "type": "ByteLevel",
        "add_prefix_space": add_prefix_space,
        "trim_offsets": True,
        "use_regex": use_regex,
    }
