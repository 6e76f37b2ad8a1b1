"""One file of tokens, whatever kind it is of; which kind is told by its name, and its content."""

from dataclasses import replace
from pathlib import Path

from tovec.formats.foreign_files import check_no_stranger
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files import WORD_LISTS, mapped_by
from tovec.models.tokenizer_files.added_tokens import json_beside, with_added
from tovec.models.tokenizer_files.validate_ids import UnknownIdsError
from tovec.storage.file_bytes import head_of
from tovec.storage.file_errors import UnsupportedFile, reporting_file
from tovec.storage.limits import check_names
from tovec.text.token_bytes import Spelling

_BESIDE = frozenset(
    f"{name}.json" for name in ("config", "tokenizer_config", "special_tokens_map", "added_tokens", "modules")
) | {"merges.txt", "vocab.bpe", "bpe.codes"}
_PLAIN_LISTS = (".tokens", ".tsv", ".parquet")
_NAMES_ALONE = "a list of tokens does not say how"
_KINDS = (
    "tokenizer.json, SentencePiece's .model and .spm, tekken.json, .tiktoken, vocab.json, vocab.txt, "
    "fairseq's dict.txt, a GGUF file, a list of tokens"
)


def read(path: Path) -> TokenList:
    """Return the tokens of a file. Raises BadSource."""
    with reporting_file(path):
        return _checked(_read(path))


def read_with_added(path: Path) -> TokenList | None:
    """Return the tokens of a file with those that its folder adds; None where their ids are not said.

    Raises BadSource.
    """
    with reporting_file(path):
        try:
            found = _read(path)
        except UnknownIdsError:
            return None
        found = _checked(found)
    return found if path.name in ("tokenizer.json", "tekken.json") else with_added(found, path.parent)


def _checked(tokens: TokenList) -> TokenList:
    check_names([name or "" for name in tokens.names], lambda row: f"of id {row}")
    return tokens


def _read(path: Path) -> TokenList:
    from tovec.models.tokenizer_files import tiktoken, vocab_files

    head = head_of(path)
    if head.startswith(b"GGUF"):
        return _of_gguf(path)
    check_no_stranger(head)
    _check_no_part(path.name)
    if path.suffix in _PLAIN_LISTS:
        from tovec.formats.vectors.names_file import listed_names

        return TokenList(listed_names(path), Spelling.PLAIN, path.name, why_none=_NAMES_ALONE)
    if path.suffix == ".json":
        return _of_json(path)
    if path.suffix in (".txt", ".tokenizer", ".vocab"):
        return vocab_files.read_lines(path, json_beside(path.parent, "tokenizer_config.json"))
    if tiktoken.recognizes(head) or path.suffix == ".tiktoken":
        return tiktoken.read(path)
    if path.suffix in (".model", ".spm") or head.startswith(b"\n"):  # the key of a first piece
        return _of_pieces(path)
    raise UnsupportedFile(f"it is not a tokenizer; there are {_KINDS}")


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
        raise UnsupportedFile("it is a GGUF file without a tokenizer; name the one it was made with")
    return replace(found, origin=path.name)


def _of_json(path: Path) -> TokenList:
    from tovec.models.tokenizer_files import tekken, tokenizer_json, vocab_files, word_lists

    if path.name in WORD_LISTS:
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
    """Refuse files that belong to a tokenizer and do not list its tokens. Raises UnsupportedFile."""
    if name in _BESIDE:
        raise UnsupportedFile(
            "it goes with a tokenizer and does not list its tokens; name the tokenizer.json, the vocab.json "
            "or the folder"
        )
