"""Files that list the tokens of a model become a `TokenList`: tokens by id, a tokenizer where it is exact.

One file here for each format. Which rows of a table the tokens name is decided in models/row_names.py.
What reads a file is loaded where there is one: most tables have none, and loading all takes milliseconds.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from tovec.models.tokenizer_files.file_names import tokenizer_file_of

if TYPE_CHECKING:
    from tovec.models.tokenizer_files.token_list import TokenList


def read_tokenizer_folder(folder: Path) -> "TokenList | None":
    """Return the tokens of the model in `folder`, None when it holds no tokenizer that is known here.

    Of several files the first counts: tokenizer.json; vocab.json where SentencePiece cuts text for it
    (Marian, M2M100); tokenizer.model and SentencePiece's other names; tekken.json; a *.tiktoken; vocab.json,
    vocab.txt, dict.txt. Tokens that the folder adds to it (added_tokens.json, tokenizer_config.json) are
    included.
    Raises BadSource for the file that is damaged.
    """
    path = tokenizer_file_of(folder)
    if path is None:
        return None
    from tovec.models.tokenizer_files.read import read_with_added

    return read_with_added(path)


def read_tokenizer_file(path: Path) -> "TokenList":
    """Return the tokens of one file. Its kind is known by its name and, where that says little, its content.

    A list of tokens (.txt, .tokens, .tsv, .json, .parquet) gives names and no way to cut text. Files beside
    it count as well: config.json and tokenizer_config.json, which say how text is cut and which ids
    SentencePiece's pieces have, merges.txt, or the vocab.json of a source.spm.
    Raises BadSource when it is of no kind known here, or damaged.
    """
    from tovec.models.tokenizer_files.read import read

    return read(path)
