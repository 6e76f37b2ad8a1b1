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
from tovec.models.tokenizer_files.beside import json_beside, moved, with_added
from tovec.text.spelling import Spelling

_GGUF = b"GGUF"
_BLANK = b"\xef\xbb\xbf \t\r\n"
_LISTS = (".tokens", ".vocab", ".tsv", ".parquet")
# In the order in which a folder is searched; a tokenizer.json says most of all.
_WORD_LISTS = ("whitespacetokenizer_config.json", "phrasetokenizer_config.json")
_MODELS = ("tokenizer.model", "sentencepiece.bpe.model", "spiece.model", "spm.model")


def read_tokenizer_folder(folder: Path) -> TokenList | None:
    """Return the tokens of the model in `folder`, None when it holds no tokenizer that is known here.

    Of several files the first counts: tokenizer.json; tokenizer.model and SentencePiece's other names;
    tekken.json; a *.tiktoken; vocab.json with merges.txt; vocab.txt. Tokens that the folder adds to it
    (added_tokens.json, tokenizer_config.json) are taken in. Raises BadSource for the file that is damaged.
    """
    if (folder / "tokenizer.json").is_file():
        return read_tokenizer_file(folder / "tokenizer.json")
    model = next((folder / name for name in _MODELS if (folder / name).is_file()), None)
    if model is not None:
        found = _model_of(folder, model)
        return None if found is None else with_added(found, folder)
    ranks = [folder / "tekken.json", *sorted(folder.glob("*.tiktoken"))]
    known = (*ranks, *(folder / name for name in ("vocab.json", "vocab.txt", *_WORD_LISTS)))
    path = next((path for path in known if _has(path)), None)
    if path is None:
        return None
    found = read_tokenizer_file(path)
    return found if path.name == "tekken.json" else with_added(found, folder)


def _has(path: Path) -> bool:
    return path.is_file() and (path.name != "vocab.json" or path.with_name("merges.txt").is_file())


def _model_of(folder: Path, path: Path) -> TokenList | None:
    from tovec.models.tokenizer_files import pieces, sentencepiece, tiktoken

    with reading(path):
        if tiktoken.recognizes(head_of(path)):
            return tiktoken.read(path)
        own = moved(sentencepiece.read_pieces(path.read_bytes()), folder)
        return None if own is None else pieces.token_list(own, path.name, str(path))


def read_tokenizer_file(path: Path) -> TokenList:
    """Return the tokens of one file. Its kind is told by its name and, where that says little, its content.

    A GGUF file counts for the tokens in it. A list of tokens (.txt, .tokens, .vocab, .tsv, .json, .parquet)
    gives names and no way to cut text. Raises BadSource when it is of no kind known here, or damaged.
    """
    from tovec.models.tokenizer_files import sentencepiece, tiktoken, vocab_files

    with reading(path):
        head = head_of(path)
        check_no_stranger(head)
        if head.startswith(_GGUF):
            return _of_gguf(path)
        if path.suffix in _LISTS:
            return _of_list(path)
        if path.suffix == ".json":
            return _of_json(path, head)
        if path.suffix == ".txt":
            return vocab_files.read_wordpiece(path, json_beside(path.parent, "tokenizer_config.json"))
        if tiktoken.recognizes(head) or path.suffix == ".tiktoken":
            return tiktoken.read(path)
        if path.suffix == ".model" or head.startswith(b"\n"):  # the key of a first piece
            return sentencepiece.read(path)
        raise UnsupportedError(
            "it is no tokenizer; there are tokenizer.json, SentencePiece's .model, tekken.json, .tiktoken, "
            "vocab.json beside merges.txt, vocab.txt, a GGUF file, a list of tokens as .txt"
        )


def _of_gguf(path: Path) -> TokenList:
    from tovec.formats.tensors.gguf_file import read_gguf
    from tovec.models.tokenizer_files.gguf_tokens import tokens_of_gguf

    found = tokens_of_gguf(read_gguf(path).metadata)
    if found is None:
        raise UnsupportedError("it is a GGUF file without tokens")
    return replace(found, origin=path.name)


def _of_list(path: Path) -> TokenList:
    names = listed_names(path)
    is_sentencepiece = path.suffix == ".vocab" and any(name.startswith("▁") for name in names)
    return TokenList(names, Spelling.PIECES if is_sentencepiece else Spelling.PLAIN, path.name)


def _of_json(path: Path, head: bytes) -> TokenList:
    from tovec.models.tokenizer_files import tekken, tokenizer_json, vocab_files, word_lists

    if path.name in _WORD_LISTS:
        return word_lists.read(path)

    merges = path.with_name(path.name.removesuffix("vocab.json") + "merges.txt")
    if path.name.endswith("vocab.json") and merges.is_file():
        return vocab_files.read_bpe(path, merges, json_beside(path.parent, "tokenizer_config.json"))
    if path.name.startswith("tekken"):
        return tekken.read(path)
    is_list = path.name != "tokenizer.json" and head.lstrip(_BLANK).startswith(b"[")
    return _of_list(path) if is_list else tokenizer_json.read(path)
