"""How byte-level tokenizers split text before BPE, by the names that files use for it.

Rank files and GGUF files have only names; the patterns are in the programs that read them: tiktoken's
openai_public.py, the tokenizer.json of each model, llama.cpp's llama-vocab.cpp. They are written here as in
those tokenizer.json files, without the possessive quantifiers that tiktoken adds for speed.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Pretokenizer:
    """The patterns that text is split by, one after another.

    gpt2: split by GPT-2's pattern at the end, which is built into Hugging Face's ByteLevel. whole: a part
    that is a token is not merged from smaller ones.
    """

    patterns: tuple[str, ...] = ()
    gpt2: bool = False
    whole: bool = False


_ENDINGS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_LINES_AND_SPACE = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


def _words(digits: str) -> str:
    signs = r" ?[^\s\p{L}\p{N}]+[\r\n]*"
    return rf"{_ENDINGS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{digits}|{signs}|{_LINES_AND_SPACE}"


def _cased_words(ending: str, digits: str) -> str:
    return (
        rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{ending}|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{ending}"
        rf"|{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_LINES_AND_SPACE}"
    )


_GPT2 = Pretokenizer(gpt2=True)
_DIGITS_THEN_GPT2 = Pretokenizer((r"\p{N}",), gpt2=True)
_CL100K = _words(r"\p{N}{1,3}")
_QWEN2 = _words(r"\p{N}")
_O200K = _cased_words(f"{_ENDINGS}?", r"\p{N}{1,3}")
_TEKKEN = _cased_words("", r"\p{N}")

# tokenizer.ggml.pre of a GGUF whose tokenizer.ggml.model is gpt2.
OF_GGUF = MappingProxyType(
    dict.fromkeys(("gpt-2", "phi-2", "mpt", "olmo", "jais"), _GPT2)
    | dict.fromkeys(("roberta-bpe", "jina-v1-en", "jina-v2-code"), _GPT2)
    | dict.fromkeys(("starcoder", "refact", "command-r", "smollm", "codeshell"), _DIGITS_THEN_GPT2)
    | dict.fromkeys(("llama3", "llama-v3", "llama-bpe"), Pretokenizer((_CL100K,), whole=True))
    | dict.fromkeys(("qwen2", "deepseek-r1-qwen", "stablelm2"), Pretokenizer((_QWEN2,)))
    | {"gpt-4o": Pretokenizer((_O200K,)), "tekken": Pretokenizer((_TEKKEN,), whole=True)}
)

# The names of tiktoken's own rank files, without the suffix, and the special tokens that go with them.
OF_TIKTOKEN = MappingProxyType(
    {
        "r50k_base": Pretokenizer(gpt2=True, whole=True),
        "p50k_base": Pretokenizer(gpt2=True, whole=True),
        "cl100k_base": Pretokenizer((_CL100K,), whole=True),
        "o200k_base": Pretokenizer((_O200K,), whole=True),
    }
)
TIKTOKEN_SPECIALS = MappingProxyType(
    {
        "r50k_base": {"<|endoftext|>": 50256},
        "p50k_base": {"<|endoftext|>": 50256},
        "cl100k_base": {
            "<|endoftext|>": 100257,
            "<|fim_prefix|>": 100258,
            "<|fim_middle|>": 100259,
            "<|fim_suffix|>": 100260,
            "<|endofprompt|>": 100276,
        },
        "o200k_base": {"<|endoftext|>": 199999, "<|endofprompt|>": 200018},
    }
)

# tokenizer_class of a tokenizer_config.json beside vocab.json and merges.txt.
OF_CLASS = MappingProxyType(
    dict.fromkeys(("GPT2Tokenizer", "RobertaTokenizer", "BartTokenizer", "CodeGenTokenizer"), _GPT2)
    | dict.fromkeys(("DebertaTokenizer", "LEDTokenizer", "LongformerTokenizer", "MvpTokenizer"), _GPT2)
)
