"""An embedding, a timeline or a comparison as the page's bytes: the only writer of what the page reads.

The layout stated here is stated in page/src/data/decode.ts as well. A few named parts are known at once;
projections and clusters come as frames, whoever asks for them. All numbers are little-endian, tables row by
row. n: the number of tokens; i: the number of a column of metadata; m: the number of moments of a timeline,
else 1; two tables that are compared are two moments. Without a word on moments, a part is of the last moment.

    manifest.json         JSON, `Manifest` of page/src/data/source.ts
    tokens.txt            all tokens one after another, UTF-8
    offsets.u32           (n + 1) x uint32: where each token starts and the last one ends, in UTF-16 units
    counts.f64            n x float64
    order.u32             n x uint32: all ids, those of most use to a reader first; without counts it depends
                          on the reader's language: order-en.u32, order-ko.u32
    norms.f32             n x float32, the length of each vector, NaN where it holds NaN or infinity
    undirected.json       JSON, `UndirectedRows[]` of page/src/data/source.ts
    column-i.u16          n x uint16, codes of a category
    column-i.f32          n x float32, numbers
    vectors.f32, .f16     n x dim x float32 or float16; a single vector is a row of float32, and those
                          of a selection come as frames of some rows each, in the order of their ids
    vectors-j.f32, .f16   the same of moment j, 0 … m - 2, in the file of a timeline whose manifest says
                          `hasVectors`
    project-….frame       a frame; a server sends several, one after another
    clusters.frame        the same
    live                  of a server alone, about a table in training: frames up to the end of the run, see
                          `LiveStream`. The header has `state`, one of training, finished, interrupted and
                          failed, with a `message`; `progress`, `total`, `epoch`, `epochs`, `loss`,
                          `validationLoss`, `wordsPerS`, `leftS`, `dims`, `axisNames`; and `losses`, pairs of
                          progress and loss that the connection has not had yet. After a state other than
                          training the manifest is that of the timeline

A frame is

    uint32                length of the header in bytes
    uint32                length of the payload in bytes
    header                JSON
    payload               of live: n x dims x float32, NaN for a row without direction; empty if unchanged
                          of a projection: moments x n x dims x float32, x, y(, z) of each token, moment by
                          moment; empty if none moved. `moments` of the header: 1 until all are known, and
                          then that of the last moment, else m. In the file of a timeline the header has
                          `quantized`, {"middle": [x, y(, z)], "step": [x, y(, z)]}, and numbers are int16 q:
                          a coordinate is middle + step x q, and -32768 is NaN
                          of clusters: n x uint8, the cluster of each token, 255 for none
"""

import functools
import math
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import numpy as np

from tovec import projection
from tovec.comparison.comparison import Comparison
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, TovecError
from tovec.escapes import one_line
from tovec.frames import ArrowStream
from tovec.progress import Event, Note, Reporter, silent
from tovec.projection import METHODS
from tovec.projection.settings import DEFAULTS, RANGES
from tovec.server.comparison_page import ComparisonPage, comparison_page
from tovec.server.explaining import KnownText, SharedAxes
from tovec.server.metadata import Column, read_metadata
from tovec.server.page_bytes import json_bytes, number_bytes, replace_surrogates
from tovec.server.viewed_frame import viewed_frame
from tovec.text.importance import SCRIPTS_OF, by_importance, familiar_ids
from tovec.text.spans import SpanFinder
from tovec.text.training_input import TextInput
from tovec.timeline import Moment, Timeline
from tovec.vectors.cosine import Norms, are_too_large, row_norms, rows_without_direction
from tovec.vectors.table import Ids, Vectors

if TYPE_CHECKING:
    from tovec.language_model.model import LanguageModel

VERSION = 1
MAX_TEXT_BYTES = 1 << 32  # offsets are uint32
MAX_TOKENS = 1 << 24  # a point takes some hundred bytes in a browser, where a tab has 2 to 4 GB
# Tokens. Above, UMAP and all that needs neighbors takes minutes, so it is computed only on request.
MANY = 60_000
MAX_LISTED = 100  # rows without direction or place, for each reason

_TYPES: dict[Literal["category", "number"], tuple[str, type[np.uint16] | type[np.float32]]] = {
    "category": ("u16", np.uint16),
    "number": ("f32", np.float32),
}

# Why a timeline has no such projection.
MISSING_OF_MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "tsne": "t-SNE lays out one table at a time, and each another way; UMAP lays out all together",
        "axes": "custom axes are for one table; open one of the tables for them",
    }
)

NO_TABLES: Mapping[str, Any] = MappingProxyType({})

WHILE_TRAINING = "this is computed once training has ended; until then there are principal components"

Made = TypeVar("Made")


def _to_stderr(event: Event) -> None:
    if event.line:
        sys.stderr.write(f"{one_line(event.line)}\n")


def page_data(
    embedding: Embedding | Timeline | Comparison | ArrowStream,
    *,
    metadata: Any = None,
    title: str | None = None,
    report: Reporter = _to_stderr,
    tables: Mapping[str, Embedding] = NO_TABLES,
    language_model: "LanguageModel | None" = None,
    text: TextInput | None = None,
) -> "PageData":
    """Return the data of a page of an embedding, a timeline, whose findings are reported, or a comparison.

    embedding: also a frame that `Embedding.from_frame` reads; its other columns are metadata, unless that is
    given. metadata: a table that `read_metadata` takes; its notes are reported. title: the title of the page,
    by default the size of the table. report: called with notes, also later, when a projection leaves tokens
    out. tables: the tables of a model by name, `embedding` among them, which the page can switch between;
    none beside a timeline. language_model: the one whose table it is; None for the one that the embedding
    holds, where it holds one. It is left out where the rows are not all of its tokens. text: what was trained
    on, of which lines are shown; None for the text that a table of tovec records.
    Raises TovecError for a table that cannot be drawn, since it has no tokens, and for metadata that does not
    fit.
    """
    if isinstance(embedding, Comparison):
        if tables:
            raise BadSetting("tables", list(tables), "left out for a comparison")
        page = comparison_page(embedding)
        title = title or " → ".join(embedding.names)
        return _data_of(page.timeline[-1], metadata, title, report, NO_TABLES, page.timeline, page)
    if isinstance(embedding, Timeline):
        if tables:
            raise BadSetting("tables", list(tables), "left out for a timeline")
        for finding in embedding.findings:
            report(Note(finding))
        data = _data_of(embedding[-1], metadata, title, report, NO_TABLES, embedding)
        data.predict_with(language_model)
        data.explain_with(text)
        return data
    if not isinstance(embedding, Embedding):
        embedding, others = viewed_frame(embedding)
        metadata = others if metadata is None else metadata
    check_embedding("embedding", embedding)
    assert isinstance(embedding, Embedding)
    if language_model is None and embedding.state:
        from tovec.language_model.opening import language_model_of

        language_model = language_model_of(embedding)
    own = next((name for name, table in tables.items() if table is embedding), None)
    if own is None:
        data = _data_of(embedding, metadata, title, report, NO_TABLES)
        data.predict_with(language_model)
        data.explain_with(text)
        return data
    places = {name: "./" if name == own else f"{name}/" for name in tables}
    data = _data_of(embedding, metadata, title, report, places)
    for name in places.keys() - {own}:
        seen_from_there = {each: "./" if each == name else f"../{place}" for each, place in places.items()}
        data.others[name] = _data_of(tables[name], metadata, title, silent, seen_from_there)
    for each in (data, *data.others.values()):
        each.predict_with(language_model)
        each.explain_with(text)
    return data


def _data_of(
    embedding: Embedding,
    metadata: Any,
    title: str | None,
    report: Reporter,
    links: Mapping[str, str],
    timeline: Timeline | None = None,
    comparison: ComparisonPage | None = None,
) -> "PageData":
    own = () if comparison is None else comparison.columns
    if metadata is None:
        return PageData(embedding, own, title, report, links, timeline, comparison=comparison)
    read = read_metadata(metadata, embedding.vocabulary)
    for note in read.notes:
        report(Note(note))
    columns = (*own, *read.columns)
    return PageData(embedding, columns, title, report, links, timeline, comparison=comparison)


class Once(Generic[Made]):
    """The result of `make`, computed on the first call, by one thread for all, and then cached."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._making = threading.Lock()
        self._made: Made | None = None

    def __call__(self) -> Made:
        """Return the result."""
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made


class PageData(Mapping[str, bytes]):
    """The parts of a page by name, each made on first access and then cached.

    links: where the tables of the model are from this one, by name, "./" for itself. others: their data.
    timeline: that of whose last moment `embedding` is, None for a table alone. comparison: where its moments
    are two tables that are compared, whose columns come first. is_live: whether the table is
    still being trained, so that each reading of a row is another moment.
    """

    def __init__(
        self,
        embedding: Embedding,
        columns: Sequence[Column],
        title: str | None,
        report: Reporter = _to_stderr,
        links: Mapping[str, str] = NO_TABLES,
        timeline: Timeline | None = None,
        is_live: bool = False,
        comparison: ComparisonPage | None = None,
    ) -> None:
        if embedding.n_tokens == 0:
            raise TovecError("there are no tokens to draw")
        if embedding.n_tokens > MAX_TOKENS:
            raise TovecError(
                f"a page shows at most {MAX_TOKENS:,} tokens, and this table has {embedding.n_tokens:,}; "
                "open its first rows with a `limit`"
            )
        self.embedding = embedding
        self.timeline = timeline
        self.is_live = is_live
        self.comparison = comparison
        self.columns = tuple(columns)
        self.report = report
        self.links = links
        self.others: dict[str, PageData] = {}
        self.language_model: LanguageModel | None = None
        self.text: KnownText | None = None
        self.independent = SharedAxes(embedding)
        n, dim = embedding.n_tokens, embedding.dim
        if not isinstance(title, str | None):
            raise BadSetting("title", title, "a string")
        self.title = _shown(title or f"{_counted(n, 'token')} in {_counted(dim, 'dimension')}")
        counts = embedding.vocabulary.counts
        text = Once(lambda: token_text(embedding.vocabulary.readable_tokens))
        lengths = Once(lambda: _lengths(embedding.vectors))
        makers: dict[str, Callable[[], bytes]] = {
            "manifest.json": lambda: json_bytes(self.manifest),
            "tokens.txt": lambda: text()[0],
            "offsets.u32": lambda: text()[1],
            "norms.f32": lambda: _norms(*lengths()),
            "undirected.json": lambda: json_bytes(_undirected(self._without_missing(lengths()[1]))),
        }
        if counts is not None:
            makers["counts.f64"] = lambda: number_bytes(counts, np.float64)
        for suffix, language in [("", None)] if counts is not None else [(f"-{x}", x) for x in SCRIPTS_OF]:
            makers[f"order{suffix}.u32"] = functools.partial(_order, embedding, language)
        for number, column in enumerate(self.columns):
            suffix, dtype = _TYPES[column.kind]
            makers[f"column-{number}.{suffix}"] = functools.partial(number_bytes, column.values, dtype)
        self._parts = {name: Once(make) for name, make in makers.items()}

    def __getitem__(self, name: str) -> bytes:
        return self._parts[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def _without_missing(self, undirected: Mapping[str, Ids]) -> Mapping[str, Ids]:
        """Leave out tokens that the second of two tables lacks, which are no rows at all."""
        if self.comparison is None:
            return undirected
        missing = self.comparison.only_first
        return {reason: np.setdiff1d(ids, missing) for reason, ids in undirected.items()}

    def predict_with(self, language_model: "LanguageModel | None") -> None:
        """Answer what a language model can be asked, if its tokens are those of the page."""
        if language_model is not None and language_model.shape.n_tokens == self.embedding.n_tokens:
            self.language_model = language_model

    def explain_with(self, text: TextInput | None) -> None:
        """Show lines of this text, else of the one that the table records, if it is still there."""
        self.text = KnownText.of(self.embedding, text)

    @property
    def moments(self) -> Sequence[Embedding]:
        """The embedding of each moment, the earliest first; of a table alone, itself."""
        return [self.embedding] if self.timeline is None else self.timeline

    @functools.cached_property
    def finder(self) -> SpanFinder | None:
        """Finds tokens in texts; None without a tokenizer."""
        tokenizer = self.embedding.tokenizer
        return None if tokenizer is None else SpanFinder(tokenizer, self.embedding.vocabulary)

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """What the page reads first, as `Manifest` in page/src/data/source.ts."""
        embedding = self.embedding
        is_timeline = self.timeline is not None
        methods = method_infos(embedding.dim, is_timeline)
        if self.is_live:
            methods = [{**info, "missing": _missing_while_live(info["method"])} for info in methods]
        return {
            "version": VERSION,
            "title": self.title,
            "nTokens": embedding.n_tokens,
            "dim": embedding.dim,
            "hasCounts": embedding.vocabulary.counts is not None,
            "hasVectors": True,
            "special": sorted(embedding.vocabulary.special),
            "tokenizer": self._tokenizer_info(),
            "columns": [_column_info(column) for column in self.columns],
            "methods": methods,
            "start": start(embedding, methods, is_timeline or self.is_live),
            "drawsAnew": True,
            "tables": [{"name": name, "path": path} for name, path in self.links.items()],
            "timeline": self._timeline_info(),
            "comparison": self._comparison_info(),
            "languageModel": self._language_model_info(),
            "explains": self._explains_info(),
        }

    def _language_model_info(self) -> dict[str, Any] | None:
        model = self.language_model
        return None if model is None else {"context": model.context, "endOfText": model.end_of_text}

    def _explains_info(self) -> dict[str, Any] | None:
        """Return what can explain why tokens are near; of two tables that are compared nothing does."""
        if self.comparison is not None:
            return None
        return {"text": None if self.text is None else _shown(self.text.name)}

    def _comparison_info(self) -> dict[str, Any] | None:
        if self.comparison is None:
            return None
        info = self.comparison.info
        return {**info, "names": list(map(_shown, info["names"]))}

    def _timeline_info(self) -> dict[str, Any] | None:
        """Return `TimelineInfo` of page/src/data/source.ts; a table in training has no moments yet."""
        if self.timeline is None and not self.is_live:
            return None
        timeline = self.timeline
        return {
            "unit": "ids" if timeline is None else timeline.unit,
            "moments": [] if timeline is None else list(map(_moment_info, timeline.moments)),
            "findings": [] if timeline is None else list(map(_shown, timeline.findings)),
            "live": self.is_live,
            "hasVectors": True,
            "familiar": familiar_ids(self.embedding.vocabulary),
        }

    def _tokenizer_info(self) -> dict[str, Any] | None:
        tokenizer, finder = self.embedding.tokenizer, self.finder
        if tokenizer is None or finder is None:
            return None
        unknown = finder.unknown
        return {
            "name": tokenizer.name,
            "unknown": None if unknown is None else self.embedding.vocabulary.id(unknown),
        }


def drawn_dims(dim: int) -> list[int]:
    """Return in how many dimensions vectors of `dim` can be drawn; those of one are a line in a plane."""
    return [dims for dims in (2, 3) if dims <= max(2, dim)]


def method_infos(dim: int, is_timeline: bool = False) -> list[dict[str, Any]]:
    """Return the projections for vectors of `dim` dimensions; `missing` is why one is not available.

    Vectors of one dimension are drawn as they are, and there is nothing else to see in them.
    """
    return [
        {
            "method": method,
            "dims": drawn_dims(dim),
            "missing": _missing(method, is_timeline),
            "settings": [
                {"name": name, "default": getattr(DEFAULTS, name), **numbers._asdict()}
                for name, numbers in RANGES.get(method, {}).items()
            ],
        }
        for method in (dict.fromkeys((*METHODS, "axes")) if dim > 1 else ["none"])
    ]


def _missing(method: str, is_timeline: bool) -> str | None:
    if is_timeline:
        return MISSING_OF_MOMENTS.get(method)
    return projection.available(method) if method in METHODS else None


def _missing_while_live(method: str) -> str | None:
    return None if method == "pca" else WHILE_TRAINING


def start(embedding: Embedding, methods: list[dict[str, Any]], is_timeline: bool = False) -> dict[str, Any]:
    """Return the projection to start with: the vectors as they are, else UMAP, else principal components.

    A timeline starts with principal components: all its moments are there at once.
    """
    has_umap = any(info["method"] == "umap" and info["missing"] is None for info in methods)
    method = "umap" if has_umap and embedding.n_tokens <= MANY and not is_timeline else "pca"
    return {"method": "none" if embedding.dim <= 3 else method, "dims": drawn_dims(embedding.dim)[-1]}


def token_text(tokens: Sequence[str]) -> tuple[bytes, bytes]:
    """Return the tokens one after another in UTF-8, and the offsets of their starts, (n_tokens + 1,) uint32.

    Offsets count UTF-16 units, as JavaScript does; the last is the end. A lone surrogate, which UTF-8 cannot
    hold, becomes U+FFFD. Raises TovecError for 4 GiB of text or more.
    """
    whole = replace_surrogates("".join(tokens)).encode()
    if len(whole) >= MAX_TEXT_BYTES:
        raise TovecError(f"the tokens take {len(whole):,} bytes of text; a page holds less than 4 GiB")
    places = np.zeros(len(tokens) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, tokens), np.int64, len(tokens)), out=places[1:])
    leads = np.frombuffer(whole, np.uint8)
    leads = leads[(leads & 0xC0) != 0x80]  # the first byte of each character
    places += np.searchsorted(np.flatnonzero(leads >= 0xF0), places)  # characters before that take two units
    return whole, number_bytes(places, np.uint32)


def _order(embedding: Embedding, language: str | None) -> bytes:
    return number_bytes(by_importance(embedding.vocabulary, language), np.uint32)


def _lengths(vectors: Vectors) -> tuple[Norms, dict[str, Ids]]:
    """Return the length of each row, and the rows without direction or place by reason."""
    norms = row_norms(vectors)
    return norms, {**rows_without_direction(vectors, norms), "large": np.flatnonzero(are_too_large(norms))}


def _norms(norms: Norms, undirected: Mapping[str, Ids]) -> bytes:
    shown = np.minimum(norms, np.finfo(np.float32).max)
    for reason in ("nan", "infinity"):
        shown[undirected[reason]] = np.nan
    return number_bytes(shown, np.float32)


def _undirected(undirected: Mapping[str, Ids]) -> list[dict[str, Any]]:
    """Return how many rows there are for each reason that there is, and the first of them."""
    return [
        {"reason": reason, "n": len(ids), "first": ids[:MAX_LISTED].tolist()}
        for reason, ids in undirected.items()
        if len(ids)
    ]


def _column_info(column: Column) -> dict[str, Any]:
    labels = list(map(_shown, column.labels))
    return {"name": _shown(column.name), "kind": column.kind, "labels": labels}


def _moment_info(moment: Moment) -> dict[str, Any]:
    return {
        "name": _shown(moment.name),
        "progress": _finite(moment.progress),
        "epoch": _finite(moment.epoch),
        "loss": _finite(moment.loss),
        "validationLoss": _finite(moment.validation_loss),
    }


def _finite(number: float | None) -> float | None:
    """Return the number, None where it is NaN or infinite, which JSON does not have."""
    return None if number is None or not math.isfinite(number) else float(number)


def _counted(n: int, name: str) -> str:
    return f"{n:,} {name}{'s' * (n != 1)}"


def _shown(name: str) -> str:
    """Return a name from outside as the page may show it: characters that turn or hide text are escaped."""
    return one_line(replace_surrogates(name))
