"""Files that hold the tokens of a model, one file here for each format.

Here is which file of a folder it is; what reads it is loaded where there is one, since most tables have none
and loading all takes milliseconds.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tovec.models.token_list import TokenList

MAPPED = ("source.spm", "sentencepiece.bpe.model", "spm.model")  # what cuts text for a vocab.json
# In the order in which a folder is searched; a tokenizer.json says most of all.
_MODELS = ("tokenizer.model", "sentencepiece.bpe.model", "spiece.model", "spm.model", "sentencepiece.model")
WORD_LISTS = ("whitespacetokenizer_config.json", "phrasetokenizer_config.json")
_LISTS = (
    *("vocab.json", "encoder.json", "vocab-src.json", "vocab.txt", "prophetnet.tokenizer", "dict.txt"),
    *WORD_LISTS,
)


def read_tokenizer_folder(folder: Path) -> "TokenList | None":
    """Return the tokens of the model in `folder`, None when it holds no tokenizer that is known here.

    Of several files the first counts: tokenizer.json; vocab.json where SentencePiece cuts text for it
    (Marian, M2M100); tokenizer.model and SentencePiece's other names; tekken.json; a *.tiktoken; vocab.json,
    vocab.txt, dict.txt. Tokens that the folder adds to it (added_tokens.json, tokenizer_config.json) are
    taken in. Raises BadSource for the file that is damaged.
    """
    first = [folder / "tokenizer.json"]
    if mapped_by(folder) is not None:
        first.append(folder / "vocab.json")
    models = (folder / name for name in _MODELS)
    ranks = [folder / "tekken.json", *sorted(folder.glob("*.tiktoken"))]
    lists = (folder / name for name in _LISTS)
    path = next((path for path in (*first, *models, *ranks, *lists) if path.is_file()), None)
    if path is None:
        return None
    from tovec.models.tokenizer_files.read import read_with_added

    return read_with_added(path)


def mapped_by(folder: Path) -> Path | None:
    """Return the SentencePiece model that cuts text for the vocab.json of `folder`; None without both."""
    if not (folder / "vocab.json").is_file() or (folder / "merges.txt").is_file():
        return None
    return next((folder / name for name in MAPPED if (folder / name).is_file()), None)


def read_tokenizer_file(path: Path) -> "TokenList":
    """Return the tokens of one file. Its kind is told by its name and, where that says little, its content.

    A list of tokens (.txt, .tokens, .tsv, .json, .parquet) gives names and no way to cut text. What lies
    beside a file counts as well: config.json and tokenizer_config.json, which say how text is cut and which
    ids SentencePiece's pieces have, merges.txt, or the vocab.json of a source.spm.
    Raises BadSource when it is of no kind known here, or damaged.
    """
    from tovec.models.tokenizer_files.read import read

    return read(path)
