"""Tokenizers of the kinds that models have, trained by Hugging Face's library: texts to a tokenizer.json."""

import json
from collections.abc import Callable, Sequence

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, processors, trainers
from tokenizers import pre_tokenizers as pre

from tovec.models.tokenizer_files.pretokenizers import OF_GGUF

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def wordpiece(texts: Sequence[str], *, lowercase: bool = True, longest: int = 100) -> str:
    """Return one like BERT's."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=longest))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre.BertPreTokenizer()
    special = ["[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken("[MASK]", single_word=True, normalized=False)])
    return str(tokenizer.to_str())


def byte_level(texts: Sequence[str], *, prefix: bool = False, trims: bool | None = None) -> str:
    """Return one like GPT-2's; with `trims` one like RoBERTa's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre.ByteLevel(add_prefix_space=prefix)
    if trims is not None:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=trims, add_prefix_space=prefix)
    _train_bytes(tokenizer, texts)
    return str(tokenizer.to_str())


def of_patterns(texts: Sequence[str], name: str) -> str:
    """Return one that cuts by the patterns of a model, like Llama 3's."""
    known = OF_GGUF[name]
    tokenizer = Tokenizer(models.BPE(ignore_merges=known.whole))
    splits = [pre.Split(Regex(pattern), "isolated") for pattern in known.patterns]
    tokenizer.pre_tokenizer = pre.Sequence(
        [*splits, pre.ByteLevel(add_prefix_space=False, use_regex=known.gpt2)]
    )
    _train_bytes(tokenizer, texts)
    return str(tokenizer.to_str())


def _train_bytes(tokenizer: Tokenizer, texts: Sequence[str]) -> None:
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=pre.ByteLevel.alphabet(),
        special_tokens=["<|end|>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken("<|end of it|>", normalized=False), AddedToken("<mask>")])


def pieces(texts: Sequence[str], *, own: bool = False, trims_spaces: bool = False, fuse: bool = True) -> str:
    """Return BPE over characters, with bytes for those that have no token, like Llama 2's and Gemma's."""
    escaped = normalizers.Replace(" ", "▁")
    if trims_spaces:
        first, between = normalizers.Replace(Regex(r"\A +"), ""), normalizers.Replace(Regex(" {2,}"), " ")
        last = normalizers.Replace(Regex(r"▁+\z"), "")
        steps = [first, between, normalizers.Prepend("▁"), escaped, last]
    else:
        steps = [escaped] if own else [normalizers.Prepend("▁"), escaped]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=fuse, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence(steps)
    trainer = trainers.BpeTrainer(
        vocab_size=500, limit_alphabet=60, special_tokens=["<unk>", *BYTES], show_progress=False
    )
    tokenizer.pre_tokenizer = pre.Split("▁", "merged_with_next")  # to train; else the merges cross words
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.pre_tokenizer = pre.Split(" ", "merged_with_previous") if own else None
    definition = json.loads(tokenizer.to_str())
    definition["added_tokens"] = []
    if not fuse:  # and no bytes, so that much is unknown
        kept = {token: row for token, row in definition["model"]["vocab"].items() if token not in BYTES[1:]}
        definition["model"]["vocab"] = {token: row for row, token in enumerate(kept)}
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    if own:
        tokenizer.add_tokens(
            [AddedToken(name, normalized=True) for name in ("▁▁", "▁▁▁▁", "\n", "\r\n", "<mask>")]
        )
        tokenizer.add_tokens([AddedToken("<|end|>", normalized=False, special=True)])
    return str(tokenizer.to_str())


def unigram(texts: Sequence[str]) -> str:
    """Return a unigram model, with bytes for what has no token and a mark before the first word."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre.Sequence(
        [pre.Digits(individual_digits=True), pre.Metaspace(prepend_scheme="first")]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=200, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.decoder = decoders.Metaspace()
    definition = json.loads(tokenizer.to_str())
    definition["added_tokens"] = []
    definition["model"]["vocab"] += [[name, -100.0] for name in BYTES]
    definition["model"]["byte_fallback"] = True
    return json.dumps(definition, ensure_ascii=False)


def normalizing(texts: Sequence[str], steps: Sequence[normalizers.Normalizer], *, cuts: bool = False) -> str:
    """Return a unigram model over what these steps make of a text; `cuts` at spaces first, like XLM-R's."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(list(steps))
    spaces = pre.Metaspace(prepend_scheme="always")
    tokenizer.pre_tokenizer = pre.Sequence([pre.WhitespaceSplit(), spaces]) if cuts else spaces
    trainer = trainers.UnigramTrainer(
        vocab_size=250, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    return str(tokenizer.to_str())


def _one_space() -> normalizers.Normalizer:
    return normalizers.Replace(Regex(" {2,}"), " ")


FOREIGN: dict[str, Callable[[Sequence[str]], str]] = {
    "WordPiece": wordpiece,
    "WordPiece, cased": lambda texts: wordpiece(texts, lowercase=False, longest=12),
    "byte-level": byte_level,
    "byte-level, prefix": lambda texts: byte_level(texts, prefix=True),
    "byte-level, trimmed": lambda texts: byte_level(texts, trims=True),
    "byte-level, prefix, trimmed": lambda texts: byte_level(texts, prefix=True, trims=True),
    "Llama 3": lambda texts: of_patterns(texts, "llama3"),
    "Qwen 2": lambda texts: of_patterns(texts, "qwen2"),
    "GPT-4o": lambda texts: of_patterns(texts, "gpt-4o"),
    "StarCoder": lambda texts: of_patterns(texts, "starcoder"),
    "pieces": pieces,
    "pieces, own": lambda texts: pieces(texts, own=True),
    "pieces, trimmed": lambda texts: pieces(texts, trims_spaces=True),
    "pieces, unknown": lambda texts: pieces(texts, fuse=False),
    "unigram, bytes": unigram,
}

NORMALIZING: dict[str, Callable[[Sequence[str]], str]] = {
    "NFKC": lambda texts: normalizing(texts, [normalizers.NFKC(), normalizers.Lowercase()]),
    "NFD": lambda texts: normalizing(
        texts, [normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()]
    ),
    "NFKD": lambda texts: normalizing(
        texts, [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Strip(), normalizers.Prepend("x")]
    ),
    "Nmt": lambda texts: normalizing(texts, [normalizers.Nmt(), normalizers.NFKC(), _one_space()]),
}

# With the table of characters of a SentencePiece model.
COMPILED: dict[str, Callable[[Sequence[str], bytes], str]] = {
    "T5": lambda texts, table: normalizing(texts, [normalizers.Precompiled(table), _one_space()]),
    "XLM-R": lambda texts, table: normalizing(
        texts, [normalizers.Precompiled(table), _one_space()], cuts=True
    ),
    "ALBERT": lambda texts, table: normalizing(
        texts,
        [
            normalizers.Replace("``", '"'),
            normalizers.Replace("''", '"'),
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Precompiled(table),
            _one_space(),
        ],
    ),
}
