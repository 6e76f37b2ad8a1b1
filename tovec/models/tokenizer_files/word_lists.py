"""The words of sentence-transformers' averaged word vectors: names of rows, in `*tokenizer_config.json`.

How text is cut (a word as it is, else without punctuation, else in lower case; stop words left out) is not a
rule that a tokenizer.json can hold, so there is no tokenizer.
Source: sentence_transformers, modules/tokenizer/whitespace.py and phrase.py.
"""

from pathlib import Path

from tovec.models.token_list import TokenList
from tovec.storage.file_errors import CorruptFile
from tovec.storage.json_text import field, json_object
from tovec.storage.limits import contents
from tovec.text.token_bytes import Spelling


def read(path: Path) -> TokenList:
    """Return the words by their rows. Raises CorruptFile."""
    words = field(json_object(contents(path), "its text"), "vocab", list, [])
    if not all(isinstance(word, str) for word in words):
        raise CorruptFile("its 'vocab' is not a list of words")
    return TokenList(names=words, spelling=Spelling.PLAIN, origin=path.name)
