"""Tokenizers: text to tokens.

An *open* tokenizer (words, whitespace, characters, kiwi) finds tokens that nobody listed before;
its vocabulary is counted from a corpus. A *closed* one (bytes, BPE, unigram, a tokenizer.json)
brings its vocabulary along. Each kind has a file; what they can be asked is `Tokenizer`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tovec.checks import in_one_line
from tovec.dependencies import is_installed
from tovec.errors import BadSource, TovecError
from tovec.text.tokenizers.base import Tokenizer as Tokenizer
from tovec.text.tokenizers.base import unknown_token as unknown_token
from tovec.text.tokenizers.base import whole_text_json as whole_text_json
from tovec.text.tokenizers.bytes import ByteTokenizer
from tovec.text.tokenizers.end_of_text import ending_texts as ending_texts
from tovec.text.tokenizers.functions import FunctionTokenizer as FunctionTokenizer
from tovec.text.tokenizers.lazy import LazyTokenizer
from tovec.text.tokenizers.morphemes import KiwiTokenizer
from tovec.text.tokenizers.names import END_OF_TEXT as END_OF_TEXT
from tovec.text.tokenizers.names import UNKNOWN as UNKNOWN
from tovec.text.tokenizers.names import is_text
from tovec.text.tokenizers.phrases import PhraseTokenizer
from tovec.text.tokenizers.splitting import KINDS, SplitTokenizer
from tovec.text.tokenizers.subwords import SubwordRecipe, SubwordTokenizer

GivenTokenizer = Tokenizer | str | Path | Callable[[str], Iterable[str]] | None
NAMES = (
    *KINDS,
    "bytes",
    "kiwi",
    "bpe:SIZE",
    "unigram:SIZE",
    "a tokenizer.json file",
)


def tokenizer_from_name(name: str | Path, *, lowercase: bool | None = None) -> Tokenizer | SubwordRecipe:
    """Return the tokenizer that `--tokenizer NAME` asks for.

    name: one of NAMES; `bpe:8000` and `unigram:8000` give a recipe that has to be trained on
    documents first. lowercase: None for the tokenizer's own habit (words: yes, all others: no).
    Raises TovecError for an unknown name, and where `lowercase` cannot be had.
    """
    text = str(name)
    kind, _, size = text.partition(":")
    if text in KINDS:
        return SplitTokenizer(text, lowercase=lowercase)
    if kind in SubwordRecipe.MODELS and size:
        return SubwordRecipe.from_name(text, lowercase=bool(lowercase))
    if lowercase and (text in ("bytes", "kiwi") or Path(text).exists()):
        raise TovecError(f"tokenizer {text!r} takes text as it is; lower case goes with {', '.join(KINDS)}")
    if text == "bytes":
        return ByteTokenizer()
    if text == "kiwi":
        return KiwiTokenizer()
    path = Path(text)
    if path.is_dir():
        path /= "tokenizer.json"
    if path.is_file():
        return SubwordTokenizer.from_file(path)
    if Path(text).suffix or len(Path(text).parts) > 1:
        names = ", ".join(NAMES[:-1])
        raise TovecError(f"{text} does not exist; name the file of a tokenizer, or one of {names}")
    raise TovecError(f"there is no tokenizer {text!r}; there are {', '.join(NAMES)}")


def given_tokenizer(
    tokenizer: GivenTokenizer,
) -> Tokenizer | None:
    """Return the tokenizer that is given: itself, by its name, or as a function; None stays None.

    Those of Hugging Face `tokenizers` and `transformers` are what their tokenizer.json says; of any other
    object with a method `tokenize` that is the function, since calling it may give ids.
    Raises TovecError for an unknown name, one that has to be trained, and what is none of these.
    """
    if tokenizer is None or isinstance(tokenizer, Tokenizer):
        return tokenizer
    if not isinstance(tokenizer, (str, Path)):
        return _of_object(tokenizer)
    made = tokenizer_from_name(tokenizer)
    if isinstance(made, SubwordRecipe):
        raise TovecError(
            f"tokenizer {str(tokenizer)!r} is trained together with vectors; give a tokenizer.json"
        )
    return made


def _of_object(tokenizer: Any) -> Tokenizer:
    definition = getattr(getattr(tokenizer, "backend_tokenizer", tokenizer), "to_str", None)
    if callable(definition):
        return SubwordTokenizer("tokenizer.json", str(definition()))
    tokenize = getattr(tokenizer, "tokenize", tokenizer)
    if callable(tokenize):
        return FunctionTokenizer(tokenize)
    raise TovecError(
        "a tokenizer is a name, a tokenizer.json or a function from text to tokens, not "
        f"{in_one_line(tokenizer)}"
    )


def tokenizer_from_settings(
    settings: Mapping[str, Any], tokenizer_json: str | None, tokens: Sequence[str] = ()
) -> Tokenizer | None:
    """Return the tokenizer whose `settings` these are, None for one that only its maker can build.

    tokenizer_json: the text of the tokenizer.json beside them, None where it cuts otherwise; closed
    tokenizers are read from it, and those of a kind that is not known here. tokens: its entries by id.
    Raises BadSource when the two do not fit together.
    """
    name = str(settings.get("name", ""))
    if settings.get("closed"):
        if tokenizer_json is None:
            raise BadSource(f"tokenizer {name!r} needs its tokenizer.json, which is missing")
        if name == "bytes":
            return ByteTokenizer(end_of_text=bool(settings.get("end_of_text")))
        return _subwords(name, tokenizer_json, tokens)
    if name in KINDS:
        words = SplitTokenizer(name, lowercase=bool(settings.get("lowercase")))
        return _with_phrases(words, settings["phrases"]) if "phrases" in settings else words
    if name == "kiwi":
        return KiwiTokenizer()
    return None if tokenizer_json is None else _subwords(name, tokenizer_json, tokens)


def _subwords(name: str, tokenizer_json: str, tokens: Sequence[str]) -> Tokenizer:
    if is_installed("tokenizers"):
        return SubwordTokenizer(name, tokenizer_json)
    return LazyTokenizer(name, tokens, partial(str, tokenizer_json))  # vectors are there all the same


def _with_phrases(words: SplitTokenizer, phrases: Any) -> PhraseTokenizer:
    if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
        raise BadSource(f"the phrases of tokenizer {words.name!r} are not a list of texts")
    return PhraseTokenizer(words, phrases)


def ended_tokenizer(tokenizer: Tokenizer) -> Tokenizer:
    """Return a closed tokenizer with END_OF_TEXT: itself where it has the token, else with one more token.

    Raises BadSource where no tokenizer.json can hold it.
    """
    assert tokenizer.vocabulary is not None
    if isinstance(tokenizer, ByteTokenizer):
        return ByteTokenizer(end_of_text=True)
    definition = tokenizer.to_json(tokenizer.vocabulary)
    if definition is None:
        raise BadSource(f"tokenizer {tokenizer.name!r} cannot be written as a tokenizer.json")
    return SubwordTokenizer(tokenizer.name, ending_texts(definition))


def tokenizer_for(tokens: Sequence[str]) -> Tokenizer:
    """Return the simplest tokenizer of words under which each of `tokens` stays one token, as spelled.

    `cat dog` gives lower-cased words, `Cat dog` words as they are, `New-York` words between white
    space. Tokens that no tokenizer keeps whole (`New York`, the empty token) are left out of account;
    of many tokens the first thousand speak for all.
    """
    candidates = (
        SplitTokenizer("words", lowercase=True),
        SplitTokenizer("words", lowercase=False),
        SplitTokenizer("whitespace", lowercase=False),
    )
    asked = [token for token in tokens[:1000] if is_text([token])]
    kept = [sum(candidate.tokens(token) == [token] for token in asked) for candidate in candidates]
    return candidates[kept.index(max(kept))]
