"""Sources: whatever vectors can be opened from, by one name.

A source is a path or `hf:org/name`, and may end in `#output`, `#input`, `#effective` or the name of a tensor.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tovec.embedding import Embedding
from tovec.errors import BadSource, TovecError
from tovec.formats import FORMATS, Format, format_of
from tovec.formats.atomic import read_whole
from tovec.formats.file_bytes import head_of
from tovec.formats.saved import folder
from tovec.formats.vectors import text_file
from tovec.models.files import (
    ModelFiles,
    is_model_file,
    is_model_folder,
    read_model_file,
    read_model_folder,
    read_remote,
)
from tovec.models.model import PARTS, Model, Report, part_of
from tovec.models.opening import open_files, open_tensor
from tovec.models.token_list import TokenList
from tovec.models.tokenizer_files import read_tokenizer_file, read_tokenizer_folder

if TYPE_CHECKING:
    from tovec.hub import Reporter
    from tovec.text.tokenizers import Tokenizer

HUB = "hf:"


def open(source: str | Path, tokenizer: str | Path | None = None) -> Embedding:
    """Return the embedding that `source` holds: of a model, its input table.

    source: a folder that tovec saved; a file of vectors (word2vec, GloVe, fastText, .npy, TSV, CSV, Parquet);
    a model's folder, or a file of its tensors (safetensors, GGUF, PyTorch); `hf:org/name`. `SOURCE#output`
    is the output table, `SOURCE#effective` the input table as the model sees it, `SOURCE#NAME` any tensor
    of two dimensions. tokenizer: as in `open_model`. Rows are read when they are asked for, where the format
    allows it; those of a model on the Hub are downloaded then, and nothing else of it is.
    Raises BadSource when there is nothing, nothing that can be read, or something damaged, and
    CannotDownload.
    """
    return look(source, tokenizer)[1]


def open_model(
    source: str | Path, tokenizer: str | Path | None = None, *, reporter: "Reporter | None" = None
) -> Model:
    """Return all that `source` holds: input and output tables, tokenizer, configuration, a report.

    tokenizer: the file or folder of a tokenizer that lies elsewhere, which names the rows of a table without
    names and cuts text; or the name of one that only cuts text, such as `words`. reporter: is told what is
    downloaded.
    Raises as `open`.
    """
    base, part = _split(str(source))
    return _open_model(base, None if part in PARTS else part, tokenizer, reporter)


def look(
    source: str | Path, tokenizer: str | Path | None = None, *, reporter: "Reporter | None" = None
) -> tuple[Model, Embedding]:
    """Return the model that `open_model` gives and, of it, the embedding that `open` gives."""
    base, part = _split(str(source))
    model = _open_model(base, None if part in PARTS else part, tokenizer, reporter)
    return model, part_of(model, part if part in PARTS else "input", base)


def _split(source: str) -> tuple[str, str | None]:
    """Return the source and the part of it that is asked for; a path that holds a `#` itself is whole."""
    base, mark, part = source.rpartition("#")
    if not mark or not part or Path(source).exists():
        return source, None
    return base, part


def _open_model(
    source: str, tensor: str | None, tokenizer: str | Path | None, reporter: "Reporter | None"
) -> Model:
    if source.startswith(HUB) and not Path(source).exists():
        from tovec.hub import fetch_model

        remote = fetch_model(source.removeprefix(HUB), reporter=reporter)
        return _of_files(read_remote(remote), Path(source), tensor, tokenizer)
    return read_whole(Path(source), lambda path: _load(path, tensor, tokenizer))


def _load(path: Path, tensor: str | None, tokenizer: str | Path | None) -> Model:
    if not path.exists():
        raise BadSource(f"{path} does not exist")
    if not path.is_dir() and not path.is_file():
        raise BadSource(f"{path} is neither a file nor a folder; a pipe cannot be read by the row")
    form = format_of(path)
    if form is not None:
        if tensor is not None:
            raise BadSource(
                f"{path} is {form.name}, which has no tensors by name; there are {path}#output and {path}"
            )
        return _of_vectors(form, path, tokenizer)
    if is_model_folder(path):
        files = read_model_folder(path)
    elif not path.is_dir() and is_model_file(path, head_of(path)):
        files = read_model_file(path)
    else:
        raise BadSource(f"{path} {_why_not(path)}")
    return _of_files(files, path, tensor, tokenizer)


def _of_files(files: ModelFiles, path: Path, tensor: str | None, tokenizer: str | Path | None) -> Model:
    files, cutter = _with_tokenizer(files, tokenizer)
    model = open_files(files, path) if tensor is None else open_tensor(files, tensor, path)
    return model if cutter is None else replace(model, tokenizer=cutter)


def _with_tokenizer(files: ModelFiles, tokenizer: str | Path | None) -> tuple[ModelFiles, "Tokenizer | None"]:
    """Return the files with the tokens of another tokenizer, or one that only cuts text."""
    if tokenizer is None:
        return files, None
    if Path(tokenizer).exists():
        return replace(files, tokens=_token_list(Path(tokenizer))), None
    return files, _tokenizer(tokenizer)


def _token_list(path: Path) -> TokenList:
    tokens = read_tokenizer_folder(path) if path.is_dir() else read_tokenizer_file(path)
    if tokens is None:
        raise BadSource(f"{path} is a folder without a tokenizer; name its file")
    return tokens


def _tokenizer(name: str | Path) -> "Tokenizer":
    """Return what cuts text: the tokenizer of a file, or the one of that name."""
    from tovec.text.tokenizers import tokenizer_from_name
    from tovec.text.tokenizers.subwords import SubwordRecipe

    if Path(name).exists():
        tokens = _token_list(Path(name))
        if tokens.tokenizer is None:
            raise BadSource(f"{name} lists tokens and does not say how text is cut into them")
        return tokens.tokenizer
    made = tokenizer_from_name(name)
    if isinstance(made, SubwordRecipe):
        raise TovecError(f"tokenizer {str(name)!r} is trained together with vectors; give a tokenizer.json")
    return made


def _of_vectors(form: Format, path: Path, tokenizer: str | Path | None) -> Model:
    embedding = form.load(path)
    if tokenizer is not None:
        embedding = embedding.with_tokenizer(_tokenizer(tokenizer))
    output = None
    if embedding.outputs is not None:
        output = Embedding(
            embedding.vocabulary, embedding.outputs, embedding.tokenizer, provenance=embedding.provenance
        )
    report = Report(
        kind=form.name if form.is_ours else str(embedding.provenance.get("format", form.name)),
        files=(path.name,),
        n_rows=len(embedding),
        tying_why="it keeps no output vectors",
    )
    return Model(report, embedding.tokenizer, {}, embedding, output)


def _why_not(path: Path) -> str:
    if not path.is_dir():
        head = head_of(path)
        why = None if b"\0" in head else text_file.why_not(path, head)
        if why is not None:
            return why
        known = ", ".join(form.name for form in FORMATS)
        return f"is a file of no format that tovec reads: {known}, safetensors, GGUF, PyTorch"
    if (path / folder.WORK).is_dir():
        return "holds a training run that has not ended; run tovec train again"
    return "is a folder that holds neither an embedding nor a model: no tovec.json, no file of tensors in it"
