"""The `tokenizer` that a user gives for a source: names for its rows, a way to cut text, or both."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from tovec.errors import BadSource
from tovec.models.tokenizer_files import read_tokenizer_file, read_tokenizer_folder

if TYPE_CHECKING:
    from tovec.models.tokenizer_files.token_list import TokenList
    from tovec.text.tokenizers import GivenTokenizer, Tokenizer


def is_path(tokenizer: "GivenTokenizer") -> TypeGuard[str | Path]:
    """Whether `tokenizer` is a file or a folder that exists, which lists tokens."""
    return isinstance(tokenizer, (str, Path)) and tokenizer != "" and Path(tokenizer).exists()


def listed_tokens(path: Path) -> "TokenList":
    """Return the tokens that a file, or the tokenizer in a folder, lists. Raises BadSource."""
    if not path.is_dir() and not path.is_file():
        raise BadSource(f"{path} is neither a file nor a folder")
    tokens = read_tokenizer_folder(path) if path.is_dir() else read_tokenizer_file(path)
    if tokens is None:
        raise BadSource(f"{path} is a folder without a tokenizer; name its file")
    return tokens


def text_cutter(tokenizer: "GivenTokenizer") -> "Tokenizer | None":
    """Return what cuts text: the tokenizer of a file, one of tovec's by its name, or a function.

    Raises BadSource for a file that lists tokens and does not say how text is cut into them.
    """
    from tovec.text.tokenizers import given_tokenizer

    if not is_path(tokenizer):
        return given_tokenizer(tokenizer)
    tokens = listed_tokens(Path(tokenizer))
    if tokens.tokenizer is None:
        why = tokens.why_none or "it does not say how"
        raise BadSource(f"{tokenizer} lists tokens, and text cannot be cut into them: {why}")
    return tokens.tokenizer
