"""Files that hold the tokens of a model, one file here for each format.

Each is loaded when there is a file of it: most tables have no tokenizer, and loading all takes milliseconds.
"""

from dataclasses import replace
from pathlib import Path

from tovec.formats.damage import UnsupportedError, reading
from tovec.formats.file_bytes import head_of
from tovec.formats.strangers import check_no_stranger
from tovec.formats.vectors.names_file import listed_names
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files.beside import json_beside, with_added
from tovec.models.tokenizer_files.names import UnknownIdsError
from tovec.text.spelling import Spelling

MAPPED = ("source.spm", "sentencepiece.bpe.model", "spm.model")  # what cuts text for a vocab.json
# In the order in which a folder is searched; a tokenizer.json says most of all.
_MODELS = ("tokenizer.model", "sentencepiece.bpe.model", "spiece.model", "spm.model", "sentencepiece.model")
_WORD_LISTS = ("whitespacetokenizer_config.json", "phrasetokenizer_config.json")
_LISTS = (
    *("vocab.json", "encoder.json", "vocab-src.json", "vocab.txt", "prophetnet.tokenizer", "dict.txt"),
    *_WORD_LISTS,
)
_BESIDE = frozenset(
    f"{name}.json" for name in ("config", "tokenizer_config", "special_tokens_map", "added_tokens", "modules")
) | {"merges.txt", "vocab.bpe", "bpe.codes"}
_PLAIN_LISTS = (".tokens", ".tsv", ".parquet")
_NAMES_ALONE = "a list of tokens does not say how"
_KINDS = (
    "tokenizer.json, SentencePiece's .model and .spm, tekken.json, .tiktoken, vocab.json, vocab.txt, "
    "fairseq's dict.txt, a GGUF file, a list of tokens"
)


def read_tokenizer_folder(folder: Path) -> TokenList | None:
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
    with reading(path):
        try:
            found = _read(path)
        except UnknownIdsError:
            return None
    return found if path.name in ("tokenizer.json", "tekken.json") else with_added(found, folder)


def mapped_by(folder: Path) -> Path | None:
    """Return the SentencePiece model that cuts text for the vocab.json of `folder`; None without both."""
    if not (folder / "vocab.json").is_file() or (folder / "merges.txt").is_file():
        return None
    return next((folder / name for name in MAPPED if (folder / name).is_file()), None)


def read_tokenizer_file(path: Path) -> TokenList:
    """Return the tokens of one file. Its kind is told by its name and, where that says little, its content.

    A list of tokens (.txt, .tokens, .tsv, .json, .parquet) gives names and no way to cut text. What lies
    beside a file counts as well: config.json and tokenizer_config.json, which say how text is cut and which
    ids SentencePiece's pieces have, merges.txt, or the vocab.json of a source.spm.
    Raises BadSource when it is of no kind known here, or damaged.
    """
    with reading(path):
        return _read(path)


def _read(path: Path) -> TokenList:
    from tovec.models.tokenizer_files import tiktoken, vocab_files

    head = head_of(path)
    if head.startswith(b"GGUF"):
        return _of_gguf(path)
    check_no_stranger(head)
    _check_no_part(path.name)
    if path.suffix in _PLAIN_LISTS:
        return TokenList(listed_names(path), Spelling.PLAIN, path.name, why_none=_NAMES_ALONE)
    if path.suffix == ".json":
        return _of_json(path)
    if path.suffix in (".txt", ".tokenizer", ".vocab"):
        return vocab_files.read_lines(path, json_beside(path.parent, "tokenizer_config.json"))
    if tiktoken.recognizes(head) or path.suffix == ".tiktoken":
        return tiktoken.read(path)
    if path.suffix in (".model", ".spm") or head.startswith(b"\n"):  # the key of a first piece
        return _of_pieces(path)
    raise UnsupportedError(f"it is not a tokenizer; there are {_KINDS}")


def _of_pieces(path: Path) -> TokenList:
    from tovec.models.tokenizer_files import sentencepiece
    from tovec.models.tokenizer_files.moved_ids import says_ids

    if path == mapped_by(path.parent):
        return _of_mapped(path)
    config, tokenizer_config = (
        json_beside(path.parent, name) for name in ("config.json", "tokenizer_config.json")
    )
    # All models of fairseq's, whose files have this name, move the ids.
    unsaid = path.name == "sentencepiece.bpe.model" and not says_ids(config, tokenizer_config)
    found = None if unsaid else sentencepiece.read(path, config, tokenizer_config)
    if found is None:
        raise UnknownIdsError(
            "which ids its pieces have depends on the kind of model; "
            + (
                "put the config.json of the model beside it"
                if unsaid
                else "name the tokenizer.json of the model"
            )
        )
    return found


def _of_mapped(model: Path) -> TokenList:
    from tovec.models.tokenizer_files.mapped_pieces import read_mapped

    folder = model.parent
    return read_mapped(folder / "vocab.json", model, json_beside(folder, "tokenizer_config.json"))


def _of_gguf(path: Path) -> TokenList:
    from tovec.formats.tensors.gguf_file import read_gguf
    from tovec.models.tokenizer_files.gguf_tokens import tokens_of_gguf

    found = tokens_of_gguf(read_gguf(path).metadata)
    if found is None:
        raise UnsupportedError("it is a GGUF file without a tokenizer; name the one it was made with")
    return replace(found, origin=path.name)


def _of_json(path: Path) -> TokenList:
    from tovec.models.tokenizer_files import tekken, tokenizer_json, vocab_files, word_lists

    if path.name in _WORD_LISTS:
        return word_lists.read(path)
    if path.name.startswith("tekken"):
        return tekken.read(path)
    config = json_beside(path.parent, "tokenizer_config.json")
    model = mapped_by(path.parent) if path.name == "vocab.json" else None
    if model is not None:
        return _of_mapped(model)
    merges = vocab_files.merges_beside(path)
    if merges is not None:
        return vocab_files.read_bpe(path, merges, config)
    if vocab_files.is_vocabulary(path):
        return vocab_files.read_ids(path, config)
    return tokenizer_json.read(path)


def _check_no_part(name: str) -> None:
    """Refuse files that belong to a tokenizer and do not list its tokens. Raises UnsupportedError."""
    if name in _BESIDE:
        raise UnsupportedError(
            "it goes with a tokenizer and does not list its tokens; name the tokenizer.json, the vocab.json "
            "or the folder"
        )
