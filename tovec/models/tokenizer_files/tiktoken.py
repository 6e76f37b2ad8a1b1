"""tiktoken's rank file: a line for each token, its bytes in base64 and its rank, which is its id.

Source: tiktoken/load.py. Llama 3's tokenizer.model is such a file too. The pattern that text is split by and
the special tokens are not in it; both are known for files with the names of tiktoken's own.
"""

import base64
import binascii
import re
from pathlib import Path

from tovec.models.tokenizer_files.byte_level import holds_all_bytes, of_ranks
from tovec.models.tokenizer_files.pretokenizers import OF_TIKTOKEN, TIKTOKEN_SPECIALS
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import names_by_id
from tovec.storage.file_errors import CorruptFile
from tovec.storage.limits import contents
from tovec.text.token_bytes import Spelling, byte_level_name
from tovec.text.tokenizers.lazy import LazyTokenizer

_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2} [0-9]+\r?\n")


def recognizes(head: bytes) -> bool:
    """Whether a file that begins with `head` is a rank file: its first line is."""
    return _LINE.match(head) is not None


def read(path: Path) -> TokenList:
    """Return the tokens of a rank file, named as byte-level ones. Raises CorruptFile."""
    ranks, n_again = read_ranks(contents(path))
    specials = TIKTOKEN_SPECIALS.get(path.stem, {})
    names = names_by_id({byte_level_name(token): rank for token, rank in ranks.items()} | specials)
    pretokenizer = OF_TIKTOKEN.get(path.stem)
    knows = pretokenizer is not None and holds_all_bytes(names)
    return TokenList(
        names=names,
        spelling=Spelling.BYTE_LEVEL,
        origin=path.name,
        special=frozenset(specials.values()),
        tokenizer=LazyTokenizer(str(path), names, lambda: of_ranks(names, ranks, pretokenizer))
        if knows and pretokenizer is not None
        else None,
        findings=(f"{n_again:,} of its lines have a token that a later line has; the later rank counts",)
        if n_again
        else (),
        why_none="" if knows else "a file of ranks does not say how; the tokenizer.json of the model does",
    )


def read_ranks(text: bytes) -> tuple[dict[bytes, int], int]:
    """Return the rank of each token, and how many lines have a token that a later line repeats, which counts.

    Raises CorruptFile with the line that is wrong.
    """
    n_lines = 0
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line:
            continue
        token, _, rank = line.partition(b" ")
        if not rank.isdigit() or len(rank) > 9:
            raise CorruptFile(f"line {number} is not a token in base64 and its rank")
        decoded = from_base64(token, f"the token on line {number}")
        n_lines += 1
        ranks[decoded] = int(rank)
    if not ranks:
        raise CorruptFile("it holds no ranks")
    return ranks, n_lines - len(ranks)


def from_base64(text: bytes | str, what: str) -> bytes:
    """Return the bytes of a token. Raises CorruptFile for what is not base64, and for no bytes."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CorruptFile(f"{what} is not base64 ({error})") from error
    if not decoded:
        raise CorruptFile(f"{what} is empty")
    return decoded
