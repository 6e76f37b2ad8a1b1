"""The plain vocabularies of older models: vocab.json with merges.txt, and vocab.txt.

Source: transformers' tokenization_gpt2.py and tokenization_bert.py. What else there is to know of the
tokenizer stands in tokenizer_config.json beside them.
"""

from pathlib import Path
from typing import Any

from tovec.formats.damage import DamageError
from tovec.formats.file_bytes import BOM
from tovec.formats.json_text import field, json_object, utf8
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files import byte_level
from tovec.models.tokenizer_files.cuts import OF_CLASS
from tovec.models.tokenizer_files.names import are_different, names_by_id
from tovec.text.spelling import Spelling
from tovec.text.tokenizers.base import added_token, tokenizer_json
from tovec.text.tokenizers.lazy import LazyTokenizer

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def read_bpe(vocab: Path, merges: Path, config: dict[str, Any]) -> TokenList:
    """Return the tokens of a vocab.json whose merges are in a merges.txt. Raises DamageError.

    They spell bytes where all 256 of them are tokens; BPE over characters has no need for most.
    config: tokenizer_config.json; its class says how text is cut, and without it the tokenizer is None.
    """
    names = names_by_id(json_object(vocab.read_bytes(), "its text"))
    of_bytes = byte_level.holds_all_bytes(names)
    pairs = _merges(merges)
    cut = OF_CLASS.get(field(config, "tokenizer_class", str, "").removesuffix("Fast"))
    space = field(config, "add_prefix_space", object, False) is True
    tokenizer = None
    if of_bytes and cut is not None:
        tokenizer = LazyTokenizer(
            str(vocab), names, lambda: byte_level.definition(names, pairs, cut, add_prefix_space=space)
        )
    return TokenList(
        names, Spelling.BYTE_LEVEL if of_bytes else Spelling.PLAIN, vocab.name, tokenizer=tokenizer
    )


def _merges(path: Path) -> list[list[str]]:
    """Return the pairs of a merges.txt; its first line may tell the version."""
    pairs = []
    for number, line in enumerate(_lines(path, path.name), 1):
        if not line or (number == 1 and line.startswith("#version")):
            continue
        pair = line.split(" ")
        if len(pair) != 2:
            raise DamageError(f"line {number} of {path.name} is not two tokens")
        pairs.append(pair)
    return pairs


def _lines(path: Path, what: str) -> list[str]:
    text = utf8(path.read_bytes().removeprefix(BOM), what).removesuffix("\n")
    return [line.rstrip("\r") for line in text.split("\n")]


def read_wordpiece(path: Path, config: dict[str, Any]) -> TokenList:
    """Return the tokens of a vocab.txt, one a line, the line its id. Raises DamageError.

    config: tokenizer_config.json. The tokenizer is that of a BertTokenizer whose config says whether it
    makes text lower-case, else None; and None where a token is there twice, of which transformers takes the
    later for text. Names spell text as WordPiece does where one of them shows it, `[UNK]` or `##…`; else
    they are a plain list.
    """
    names: list[str | None] = [line or None for line in _lines(path, "it")]
    if not any(names):
        raise DamageError("it holds no tokens")
    unknown = names.index("[UNK]") if "[UNK]" in names else None
    special = {row for row, name in enumerate(names) if name in _SPECIAL}
    lower = config.get("do_lower_case")
    known = config.get("tokenizer_class") in ("BertTokenizer", "BertTokenizerFast")
    tokenizer = None
    if known and isinstance(lower, bool) and unknown is not None and are_different(names):
        tokenizer = LazyTokenizer(str(path), names, lambda: _wordpiece(names, config))
    is_wordpiece = unknown is not None or any(name is not None and name.startswith("##") for name in names)
    spelling = Spelling.WORDPIECE if is_wordpiece else Spelling.PLAIN
    return TokenList(names, spelling, path.name, frozenset(special), unknown, tokenizer=tokenizer)


def _wordpiece(names: list[str | None], config: dict[str, Any]) -> str:
    """Return the text of the tokenizer.json, as transformers' BertConverter makes it."""
    accents = config.get("strip_accents")
    return tokenizer_json(
        {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {name: row for row, name in enumerate(names) if name is not None},
        },
        normalizer={
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": config.get("tokenize_chinese_chars") is not False,
            "strip_accents": accents if isinstance(accents, bool) else None,
            "lowercase": config["do_lower_case"],
        },
        pre_tokenizer={"type": "BertPreTokenizer"},
        decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
        added_tokens=[added_token(row, name, True) for row, name in enumerate(names) if name in _SPECIAL],
        indent=None,
    )
