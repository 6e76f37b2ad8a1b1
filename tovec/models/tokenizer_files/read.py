"""One file of tokens, of any kind; which kind is known by its name and its content."""

from dataclasses import replace
from pathlib import Path

from tovec.formats.foreign_files import check_not_foreign
from tovec.models.tokenizer_files.added_tokens import optional_json, with_added
from tovec.models.tokenizer_files.file_names import WORD_LISTS, mapped_by
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import UnknownIdsError
from tovec.storage.file_bytes import head_of
from tovec.storage.file_errors import UnsupportedFile, reporting_file
from tovec.storage.limits import check_names
from tovec.text.token_bytes import Spelling

_OTHER_PARTS = frozenset(
    f"{name}.json" for name in ("config", "tokenizer_config", "special_tokens_map", "added_tokens", "modules")
) | {"merges.txt", "vocab.bpe", "bpe.codes"}
_PLAIN_LISTS = (".tokens", ".tsv", ".parquet")
_ONLY_NAMES = "a list of tokens does not say how"
_KINDS = (
    "tokenizer.json, SentencePiece's .model and .spm, tekken.json, .tiktoken, vocab.json, vocab.txt, "
    "fairseq's dict.txt, a GGUF file, a list of tokens"
)


def read(path: Path) -> TokenList:
    """Return the tokens of a file. Raises BadSource."""
    with reporting_file(path):
        return _checked(_read(path))


def read_with_added(path: Path) -> TokenList | None:
    """Return the tokens of a file with those that its folder adds; None where their ids are not known.

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
    check_not_foreign(head)
    _check_lists_tokens(path.name)
    if path.suffix in _PLAIN_LISTS:
        from tovec.formats.vectors.names_file import listed_names

        return TokenList(listed_names(path), Spelling.PLAIN, path.name, why_none=_ONLY_NAMES)
    if path.suffix == ".json":
        return _of_json(path)
    if path.suffix in (".txt", ".tokenizer", ".vocab"):
        return vocab_files.read_lines(path, optional_json(path.parent, "tokenizer_config.json"))
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
        optional_json(path.parent, name) for name in ("config.json", "tokenizer_config.json")
    )
    # All models of fairseq's, whose files have this name, move the ids.
    are_unknown = path.name == "sentencepiece.bpe.model" and not says_ids(config, tokenizer_config)
    found = None if are_unknown else sentencepiece.read(path, config, tokenizer_config)
    if found is None:
        raise UnknownIdsError(
            "the ids of its pieces depend on the kind of model; "
            + (
                "put the config.json of the model beside it"
                if are_unknown
                else "name the tokenizer.json of the model"
            )
        )
    return found


def _of_mapped(model: Path) -> TokenList:
    from tovec.models.tokenizer_files.mapped_pieces import read_mapped

    folder = model.parent
    return read_mapped(folder / "vocab.json", model, optional_json(folder, "tokenizer_config.json"))


def _of_gguf(path: Path) -> TokenList:
    from tovec.formats.tensors.gguf_file import read_gguf
    from tovec.models.tokenizer_files.gguf_tokens import tokens_of_gguf

    found = tokens_of_gguf(read_gguf(path).metadata)
    if found is None:
        raise UnsupportedFile(
            "it is a GGUF file without a tokenizer; name the tokenizer of the model it was made from"
        )
    return replace(found, origin=path.name)


def _of_json(path: Path) -> TokenList:
    from tovec.models.tokenizer_files import tekken, tokenizer_json, vocab_files

    if path.name in WORD_LISTS:
        return vocab_files.read_words(path)
    if path.name.startswith("tekken"):
        return tekken.read(path)
    config = optional_json(path.parent, "tokenizer_config.json")
    model = mapped_by(path.parent) if path.name == "vocab.json" else None
    if model is not None:
        return _of_mapped(model)
    merges = vocab_files.merges_beside(path)
    if merges is not None:
        return vocab_files.read_bpe(path, merges, config)
    if vocab_files.is_vocabulary(path):
        return vocab_files.read_ids(path, config)
    return tokenizer_json.read(path)


def _check_lists_tokens(name: str) -> None:
    """Raise UnsupportedFile for files that belong to a tokenizer and do not list its tokens."""
    if name in _OTHER_PARTS:
        raise UnsupportedFile(
            "it belongs to a tokenizer and does not list its tokens; name the tokenizer.json, the vocab.json "
            "or the folder"
        )
