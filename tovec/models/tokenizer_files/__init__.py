"""Files that hold the tokens of a model, one file here for each format.

Each is loaded when there is a file of it: most tables have no tokenizer, and loading all takes milliseconds.
"""

from pathlib import Path

from tovec.formats.damage import UnsupportedError, reading
from tovec.formats.file_bytes import head_of
from tovec.models.token_list import TokenList

# In the order in which a folder is searched; a tokenizer.json says most of all.
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
        from tovec.models.tokenizer_files.beside import with_added

        found = _model_of(folder, model)
        return None if found is None else with_added(found, folder)
    ranks = [folder / "tekken.json", *sorted(folder.glob("*.tiktoken"))]
    path = next((path for path in (*ranks, folder / "vocab.json", folder / "vocab.txt") if _has(path)), None)
    if path is None:
        return None
    from tovec.models.tokenizer_files.beside import with_added

    found = read_tokenizer_file(path)
    return found if path.name == "tekken.json" else with_added(found, folder)


def _has(path: Path) -> bool:
    return path.is_file() and (path.name != "vocab.json" or path.with_name("merges.txt").is_file())


def _model_of(folder: Path, path: Path) -> TokenList | None:
    from tovec.models.tokenizer_files import pieces, sentencepiece, tiktoken
    from tovec.models.tokenizer_files.beside import moved

    with reading(path):
        if tiktoken.recognizes(head_of(path)):
            return tiktoken.read(path)
        own = moved(sentencepiece.read_pieces(path.read_bytes()), folder)
        return None if own is None else pieces.token_list(own, path.name, str(path))


def read_tokenizer_file(path: Path) -> TokenList:
    """Return the tokens of one file. Its kind is told by its name and, where that says little, its content.

    Raises BadSource when it is of no kind known here, or damaged.
    """
    from tovec.formats.strangers import check_no_stranger
    from tovec.models.tokenizer_files import sentencepiece, tiktoken, vocab_files
    from tovec.models.tokenizer_files.beside import json_beside

    with reading(path):
        head = head_of(path)
        check_no_stranger(head)
        if path.suffix == ".json":
            return _of_json(path)
        if path.suffix == ".txt":
            return vocab_files.read_wordpiece(path, json_beside(path.parent, "tokenizer_config.json"))
        if tiktoken.recognizes(head) or path.suffix == ".tiktoken":
            return tiktoken.read(path)
        if path.suffix == ".model" or head.startswith(b"\n"):  # the key of a first piece
            return sentencepiece.read(path)
        raise UnsupportedError(
            "it is no tokenizer; there are tokenizer.json, SentencePiece's .model, tekken.json, .tiktoken, "
            "vocab.json beside merges.txt, vocab.txt"
        )


def _of_json(path: Path) -> TokenList:
    from tovec.models.tokenizer_files import tekken, tokenizer_json, vocab_files
    from tovec.models.tokenizer_files.beside import json_beside

    merges = path.with_name(path.name.removesuffix("vocab.json") + "merges.txt")
    if path.name.endswith("vocab.json") and merges.is_file():
        return vocab_files.read_bpe(path, merges, json_beside(path.parent, "tokenizer_config.json"))
    return tekken.read(path) if path.name.startswith("tekken") else tokenizer_json.read(path)
