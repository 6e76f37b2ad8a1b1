"""A path, or a name on the Hub, becomes a `Model`: what it is is detected once, then it is read."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.formats import Format
from tovec.formats.read_options import ReadOptions
from tovec.models.detect import Detected, ModelFolder, detect
from tovec.models.model import PARTS, Model, Report, first_rows_of
from tovec.sources.address import hub_hint
from tovec.sources.given_tokenizer import is_path, listed_tokens, text_cutter
from tovec.storage import read_consistent
from tovec.storage.file_errors import reporting_file

if TYPE_CHECKING:
    from tovec.models.load import ModelFiles
    from tovec.progress import Reporter
    from tovec.text.tokenizers import GivenTokenizer


def read_hub(
    source: str, hub_name: str, options: ReadOptions, tokenizer: "GivenTokenizer", reporter: "Reporter | None"
) -> Model:
    """Return the model `hub_name` of the Hub, of which only small files are downloaded now.

    source: as messages name it. Raises BadSource, CannotDownload.
    """
    from tovec.hub import fetch_model
    from tovec.models.load import read_remote

    remote = fetch_model(hub_name, reporter=reporter)
    return _open_model(read_remote(remote), Path(source), options, tokenizer)


def read_path(path: Path, options: ReadOptions, tokenizer: "GivenTokenizer") -> Model:
    """Return the model at `path`, also while another program replaces it. Raises BadSource."""
    try:
        return read_consistent(path, lambda current: _read(current, options.fresh(), tokenizer))
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror or error}") from error


def _read(path: Path, options: ReadOptions, tokenizer: "GivenTokenizer") -> Model:
    found = _detected(path)
    if not isinstance(found, Format) or found.holds_tensors:
        from tovec.models.load import read_model  # a file of vectors needs nothing of models

        return _open_model(read_model(found, path), path, options, tokenizer)
    if found.is_ours and path.is_dir():
        from tovec.formats.saved import model_folder

        if model_folder.is_one(path):
            return _open_language_model(found, path, options, tokenizer)
    if options.part is not None and not found.has_parts:
        raise BadSource(
            f"{path} is {found.name} and has no part {options.part!r}; its parts are {', '.join(PARTS)}"
        )
    return _open_vectors(found, path, options, tokenizer)


def _detected(path: Path) -> Detected:
    if not path.exists():
        if path.is_symlink():
            raise BadSource(f"{path} is a link to a file that does not exist")
        raise BadSource(f"{path} does not exist{hub_hint(str(path))}")
    if not path.is_dir() and not path.is_file():
        raise BadSource(f"{path} is neither a file nor a folder; a pipe cannot be read by the row")
    found = detect(path)
    if not isinstance(found, Format) and path.is_dir():
        from tovec.sources.snapshots import check_not_snapshots

        check_not_snapshots(path)
    if found is None:
        from tovec.sources.why_not import why_not

        raise BadSource(f"{path} {why_not(path)}")
    return found


def _open_model(files: "ModelFiles", path: Path, options: ReadOptions, tokenizer: "GivenTokenizer") -> Model:
    """Return the model of files of tensors, with the tokens or the tokenizer that the user gives."""
    from tovec.models.opening import open_files, open_tensor
    from tovec.models.row_names import check_different

    cutter = None
    if tokenizer is not None:
        if is_path(tokenizer):
            files = replace(files, tokens=listed_tokens(Path(tokenizer)))
        else:
            cutter = text_cutter(tokenizer)
    if options.strict and files.tokens is not None:
        with reporting_file(path):
            check_different(files.tokens)
    model = open_files(files, path) if options.part is None else open_tensor(files, options.part, path)
    model = first_rows_of(model, options.limit)
    return model if cutter is None else replace(model, tokenizer=cutter)


def _open_language_model(
    form: Format, path: Path, options: ReadOptions, tokenizer: "GivenTokenizer"
) -> Model:
    """Return the model that tovec saved as a folder: reported as any Llama, with tables that know more."""
    from tovec.formats.saved.model_folder import TABLES
    from tovec.models.load import read_model
    from tovec.models.opening import open_files

    embedding = Embedding.from_parts(form.load(path, options))
    files = read_model(ModelFolder(path, (path / TABLES,)), path)
    if options.part is not None:
        return _open_model(files, path, options, tokenizer)
    if tokenizer is not None:
        embedding = embedding.with_tokenizer(text_cutter(tokenizer))
    return replace(
        open_files(files, path),
        tokenizer=embedding.tokenizer,
        input_table=embedding,
        output_table=_output_of(embedding),
        limit=options.limit,
    )


def _output_of(embedding: Embedding) -> Embedding | None:
    """Return the output vectors that an embedding keeps, None without any."""
    if embedding.outputs is None:
        return None
    return Embedding(
        embedding.vocabulary, embedding.outputs, embedding.tokenizer, provenance=embedding.provenance
    )


def _open_vectors(form: Format, path: Path, options: ReadOptions, tokenizer: "GivenTokenizer") -> Model:
    """Return a model whose input is the table of a file of vectors, and its output the output vectors."""
    tokens = None
    if form.takes_names and is_path(tokenizer):
        from tovec.models.row_names import name_rows

        tokens = listed_tokens(Path(tokenizer))
        named = replace(options, names=partial(name_rows, tokens))
        embedding = Embedding.from_parts(form.load(path, named))
        if tokens.tokenizer is not None:
            embedding = embedding.with_tokenizer(tokens.tokenizer)
    else:
        embedding = Embedding.from_parts(form.load(path, options))
        if tokenizer is not None:
            embedding = embedding.with_tokenizer(text_cutter(tokenizer))
    report = Report(
        kind=form.name if form.is_ours else str(embedding.provenance.get("format", form.name)),
        files=(path.name,),
        n_rows=len(embedding),
        n_ids=None if tokens is None else len(tokens.names),
        tokenizer=None if tokens is None else tokens.origin,
        tying_why="it keeps no output vectors",
        findings=tuple(options.findings),
        repairs=tuple(options.repairs),
    )
    return Model(report, embedding.tokenizer, {}, embedding, _output_of(embedding))
