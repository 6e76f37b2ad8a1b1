"""tekken.json of Mistral: ranked tokens of bytes, the pattern that text is split by, special tokens.

Source: mistral_common's tekken.py. The file lists more tokens than the model has: the first
`default_vocab_size` count, special ones included, and an id is the rank plus the number of special tokens.
"""

from pathlib import Path
from typing import Any

from tovec.counted import counted
from tovec.models.tokenizer_files.byte_level import holds_all_bytes, of_ranks
from tovec.models.tokenizer_files.pretokenizers import Pretokenizer
from tovec.models.tokenizer_files.tiktoken import from_base64
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import check_different, check_highest_id
from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.storage.json_text import field, json_object
from tovec.storage.limits import contents
from tovec.text.token_bytes import Spelling, byte_level_name
from tovec.text.tokenizers.lazy import LazyTokenizer

# Files from before version 7 do not list their special tokens.
_OLD_SPECIALS = (
    *("<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
    *("[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]"),
    *("[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]"),
)


def read(path: Path) -> TokenList:
    """Return the tokens of a tekken.json, named as byte-level ones. Raises CorruptFile."""
    content = json_object(contents(path), "its text")
    config = field(content, "config", dict)
    if config is None:
        raise UnsupportedFile(
            "it has no 'config', so it is not a tekken.json; give another tokenizer its usual name"
        )
    n_special = field(config, "default_num_special_tokens", int, 0)
    n_tokens = field(config, "default_vocab_size", int, 0)
    vocab = field(content, "vocab", list, [])
    listed = field(content, "special_tokens", list)
    if not 0 <= n_special <= n_tokens <= n_special + len(vocab):
        raise CorruptFile(
            f"its config counts {counted(n_tokens, 'token')}, {n_special} of them "
            f"special, and it lists {len(vocab)}"
        )
    check_highest_id(n_tokens, len(vocab))
    ranks = _ranks(vocab[: n_tokens - n_special])
    texts = [byte_level_name(token) for token in ranks]
    specials = _specials(listed, n_special, set(texts))
    names: list[str | None] = [*specials, *texts]
    check_different(names)
    pretokenizer = Pretokenizer((field(config, "pattern", str, ""),), whole=True)
    knows = bool(pretokenizer.patterns[0]) and holds_all_bytes(texts)
    return TokenList(
        names=names,
        spelling=Spelling.BYTE_LEVEL,
        origin=path.name,
        special=frozenset(range(n_special)),
        unknown=specials.index("<unk>") if "<unk>" in specials else None,
        tokenizer=LazyTokenizer(str(path), names, lambda: of_ranks(names, ranks, pretokenizer))
        if knows
        else None,
    )


def _ranks(vocab: list[Any]) -> dict[bytes, int]:
    """Return the rank of each token: its place in the list, which the file must confirm."""
    ranks: dict[bytes, int] = {}
    for rank, entry in enumerate(vocab):
        if not isinstance(entry, dict) or type(entry.get("rank")) is not int or entry["rank"] != rank:
            raise CorruptFile(f"entry {rank} of its vocabulary does not have that rank")
        token = entry.get("token_bytes")
        if not isinstance(token, str):
            raise CorruptFile(f"entry {rank} of its vocabulary has no bytes")
        ranks.setdefault(from_base64(token, f"token {rank}"), rank)
        if len(ranks) <= rank:
            raise CorruptFile(f"entry {rank} of its vocabulary has the bytes of an earlier one")
    return ranks


def _specials(listed: list[Any] | None, n_special: int, texts: set[str]) -> list[str]:
    """Return the names of the special tokens; one that is also an ordinary token keeps a placeholder."""
    names = [f"<SPECIAL_{row}>" for row in range(n_special)]
    known = dict(enumerate(_OLD_SPECIALS)) if listed is None else dict(map(_special, listed))
    for row, name in known.items():
        if not 0 <= row < n_special:
            if listed is None:
                continue
            raise CorruptFile(f"special token {name!r} has the id {row}, and there are {n_special}")
        if name not in texts:
            names[row] = name
    return names


def _special(entry: Any) -> tuple[int, str]:
    if not isinstance(entry, dict):
        raise CorruptFile("a special token is not an object")
    row, name = entry.get("rank"), entry.get("token_str")
    if type(row) is not int or not isinstance(name, str):
        raise CorruptFile(f"special token {name!r} has the id {row!r}")
    return row, name
