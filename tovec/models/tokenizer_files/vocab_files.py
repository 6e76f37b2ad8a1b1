"""The plain vocabularies of older models: vocab.json alone or with merges.txt, vocab.txt, dict.txt, words.

Source: transformers' tokenization_gpt2.py, tokenization_bert.py, tokenization_wav2vec2.py and
tokenization_phobert.py; fairseq's data/dictionary.py; sentence_transformers, modules/tokenizer/whitespace.py
and phrase.py. All else about the tokenizer is in tokenizer_config.json beside them.
"""

import re
from pathlib import Path
from typing import Any

from tovec.models.tokenizer_files import byte_level
from tovec.models.tokenizer_files.pretokenizers import OF_CLASS
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import (
    UnknownIdsError,
    are_different,
    check_different,
    names_by_id,
    strings,
)
from tovec.storage.file_bytes import BOM
from tovec.storage.file_errors import CorruptFile
from tovec.storage.json_text import field, json_object, json_value, utf8
from tovec.storage.limits import contents
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers.base import added_token, tokenizer_json
from tovec.text.tokenizers.lazy import LazyTokenizer

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_FAIRSEQ = ("<s>", "<pad>", "</s>", "<unk>")
_COUNTED = re.compile(r"(.+) [0-9]+( #fairseq:overwrite)?")  # a line of fairseq's: a token and its count
_WITH_COUNTS = ("PhobertTokenizer", "BertweetTokenizer")
# Classes of transformers that cut text like BertTokenizer.
_LIKE_BERT = frozenset(
    f"{name}Tokenizer"
    for name in (
        *("Bert", "ConvBert", "DPRContextEncoder", "DPRQuestionEncoder", "DistilBert", "Electra", "LayoutLM"),
        *("Lxmert", "MobileBert", "Realm", "RetriBert", "SqueezeBert"),
    )
)
_HOW = "vocabularies of this kind do not say how text is cut"


def merges_beside(vocab: Path) -> Path | None:
    """Return the file of merges that goes with a vocab.json or with OpenAI's encoder.json; None without."""
    name = vocab.name
    if name == "encoder.json":
        merges = vocab.with_name("vocab.bpe")
    elif name in ("vocab-src.json", "vocab-tgt.json"):
        merges = vocab.with_name("merges.txt")
    elif name.endswith("vocab.json"):
        merges = vocab.with_name(name.removesuffix("vocab.json") + "merges.txt")
    else:
        return None
    return merges if merges.is_file() else None


def is_vocabulary(path: Path) -> bool:
    """Whether a JSON file is a vocabulary: by its name, or as a list or a map to whole numbers."""
    if path.name in ("encoder.json", "vocab-src.json", "vocab-tgt.json") or path.name.endswith("vocab.json"):
        return True
    if path.name.startswith("tokenizer"):  # the usual name; large, so it is read only once
        return False
    entries = json_value(contents(path), "its text")
    return isinstance(entries, list) or (
        isinstance(entries, dict) and set(map(type, entries.values())) == {int}
    )


def read_ids(path: Path, config: dict[str, Any]) -> TokenList:
    """Return the tokens of a vocab.json without merges, or of a list; there is no tokenizer.

    Of a vocabulary for each language, as in speech models, that of `target_lang` in config, which is
    tokenizer_config.json.
    Raises CorruptFile.
    """
    entries = json_value(contents(path), "its text")
    if isinstance(entries, list):
        entries = {name: row for row, name in enumerate(strings(entries, "its tokens"))}
    if not isinstance(entries, dict):
        raise CorruptFile("its text is not a JSON object")
    if entries and all(isinstance(inner, dict) for inner in entries.values()):
        language = config.get("target_lang")
        if language not in entries:
            some = ", ".join(list(entries)[:5])
            raise UnknownIdsError(
                f"it has a vocabulary for each of {len(entries)} languages ({some}, …), and target_lang in "
                "tokenizer_config.json does not say which"
            )
        entries = entries[language]
    if not entries or set(map(type, entries.values())) != {int}:
        raise UnknownIdsError("it is not a vocabulary, tokens with their ids")
    names = names_by_id(entries)
    special = {row for row, name in enumerate(names) if name in (*_SPECIAL, *_FAIRSEQ)}
    unknown = next((entries[name] for name in ("[UNK]", "<unk>") if name in entries), None)
    return TokenList(names, Spelling.PLAIN, path.name, frozenset(special), unknown, why_none=_HOW)


def read_bpe(vocab: Path, merges: Path, config: dict[str, Any]) -> TokenList:
    """Return the tokens of a vocab.json whose merges are in a merges.txt. Raises CorruptFile.

    Their names spell bytes where all 256 bytes are tokens; BPE over characters lacks most.
    config: tokenizer_config.json; its class says how text is cut, without it the tokenizer is None.
    """
    names = names_by_id(json_object(contents(vocab), "its text"))
    of_bytes = byte_level.holds_all_bytes(names)
    pairs = _merges(merges)
    named = field(config, "tokenizer_class", str, "").removesuffix("Fast")
    is_openai = vocab.name == "encoder.json"
    pretokenizer = OF_CLASS.get(named) or (OF_CLASS["GPT2Tokenizer"] if is_openai else None)
    space = field(config, "add_prefix_space", object, False) is True
    tokenizer = None
    if of_bytes and pretokenizer is not None:
        tokenizer = LazyTokenizer(
            str(vocab),
            names,
            lambda: byte_level.definition(names, pairs, pretokenizer, add_prefix_space=space),
        )
    spelling = Spelling.BYTE_LEVEL if of_bytes else Spelling.PLAIN
    why = "" if tokenizer is not None else f"tovec does not know how {named or 'its tokenizer'} cuts text"
    return TokenList(names, spelling, vocab.name, tokenizer=tokenizer, why_none=why)


def _merges(path: Path) -> list[list[str]]:
    """Return the pairs of a merges.txt; its first line may be the version."""
    pairs = []
    for number, line in enumerate(_lines(path, path.name), 1):
        if not line or (number == 1 and line.startswith("#version")):
            continue
        pair = line.split(" ")
        if len(pair) != 2:
            raise CorruptFile(f"line {number} of {path.name} is not two tokens")
        pairs.append(pair)
    return pairs


def _lines(path: Path, what: str) -> list[str]:
    text = utf8(contents(path).removeprefix(BOM), what).removesuffix("\n")
    return [line.rstrip("\r") for line in text.split("\n")]


def read_lines(path: Path, config: dict[str, Any]) -> TokenList:
    """Return the tokens of a vocab.txt, one a line, or of fairseq's dict.txt. Raises CorruptFile.

    config: tokenizer_config.json.
    """
    lines = _lines(path, "it")
    if path.suffix == ".vocab" and all("\t" in line for line in lines if line):
        return _of_sentencepiece([line.partition("\t")[0] for line in lines], path.name)
    kind = str(config.get("tokenizer_class", "")).removesuffix("Fast")
    found = [_COUNTED.fullmatch(line) for line in lines if line]
    if found and all(found) and (path.name.startswith("dict") or kind in _WITH_COUNTS):
        return _of_fairseq([match[1] for match in found if match is not None], path.name, kind)
    if path.name.startswith("dict"):
        raise UnknownIdsError("it is not a dictionary of fairseq: a token and its count on each line")
    return _read_wordpiece(path, lines, kind, config)


def _of_sentencepiece(names: list[str], origin: str) -> TokenList:
    """Return the tokens of a .vocab, which SentencePiece writes beside its .model: a piece and its score."""
    check_different(names)
    special = frozenset(row for row, name in enumerate(names) if name in _FAIRSEQ)
    unknown = names.index("<unk>") if "<unk>" in names else None
    why = "a .vocab does not say how text is cut; the .model beside it does"
    spelling = Spelling.PIECES if any(name.startswith("▁") for name in names) else Spelling.PLAIN
    return TokenList(names, spelling, origin, special, unknown, why_none=why)


def _of_fairseq(tokens: list[str], origin: str, kind: str) -> TokenList:
    """Return fairseq's own four tokens and the listed ones; those of PhoBERT and BERTweet end with a mask."""
    tail = ["<mask>"] if kind in _WITH_COUNTS else []
    names = [*_FAIRSEQ, *tokens, *tail]
    check_different(names)
    special = frozenset(row for row, name in enumerate(names) if name in (*_FAIRSEQ, "<mask>"))
    return TokenList(names, Spelling.PLAIN, origin, special, names.index("<unk>"), why_none=_HOW)


def _read_wordpiece(path: Path, lines: list[str], kind: str, config: dict[str, Any]) -> TokenList:
    """Return the tokens, whose ids are their lines; with a tokenizer for a BertTokenizer of known case."""
    names: list[str | None] = [line or None for line in lines]
    if not any(names):
        raise CorruptFile("it holds no tokens")
    unknown = names.index("[UNK]") if "[UNK]" in names else None
    special = {row for row, name in enumerate(names) if name in _SPECIAL}
    known = kind in _LIKE_BERT and isinstance(config.get("do_lower_case"), bool)
    tokenizer = None
    if known and unknown is not None and are_different(names):
        tokenizer = LazyTokenizer(str(path), names, lambda: _wordpiece(names, config))
    # Without ## and [UNK] it is another kind of list, such as amino acids or characters.
    is_wordpiece = unknown is not None or any(name is not None and name.startswith("##") for name in names)
    return TokenList(
        names,
        Spelling.WORDPIECE if is_wordpiece else Spelling.PLAIN,
        path.name,
        frozenset(special),
        unknown,
        tokenizer=tokenizer,
        why_none="" if tokenizer else _why_not_wordpiece(path, names, is_wordpiece=is_wordpiece),
    )


def _why_not_wordpiece(path: Path, names: list[str | None], *, is_wordpiece: bool) -> str:
    if not is_wordpiece:
        return _HOW
    if not are_different(names):
        return f"{path.name} has a token twice, and programs differ in which of the two text gets"
    return f"{path.name} does not say whether text becomes lower case"


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


def read_words(path: Path) -> TokenList:
    """Return the words of sentence-transformers' averaged word vectors, from its `*tokenizer_config.json`.

    How text is cut (a word as it is, else without punctuation, else in lower case; stop words left out) is
    not a rule that a tokenizer.json can hold, so there is no tokenizer.
    Raises CorruptFile.
    """
    words = field(json_object(contents(path), "its text"), "vocab", list, [])
    if not all(isinstance(word, str) for word in words):
        raise CorruptFile("its 'vocab' is not a list of words")
    return TokenList(names=words, spelling=Spelling.PLAIN, origin=path.name)
