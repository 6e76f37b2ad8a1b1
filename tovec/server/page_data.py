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
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import numpy as np

from tovec.comparison.comparison import Comparison
from tovec.counted import counted
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, TovecError
from tovec.escapes import one_line
from tovec.frames import ArrowStream
from tovec.progress import Event, Note, Reporter, silent
from tovec.server.comparison_page import ComparisonPage, comparison_page
from tovec.server.explaining import KnownText, SharedAxes
from tovec.server.manifest import (
    column_info,
    comparison_info,
    method_infos,
    start,
    timeline_info,
    tokenizer_info,
)
from tovec.server.metadata import Column, read_metadata
from tovec.server.page_bytes import json_bytes, number_bytes, shown_name
from tovec.server.token_parts import lengths, norm_bytes, order_bytes, token_text, undirected_infos
from tovec.server.viewed_frame import viewed_frame
from tovec.text.importance import SCRIPTS_OF
from tovec.text.spans import SpanFinder
from tovec.text.training_input import TextInput
from tovec.timeline import Timeline
from tovec.vectors.table import Ids

if TYPE_CHECKING:
    from tovec.language_model.model import LanguageModel

VERSION = 1
MAX_TOKENS = 1 << 24  # a point takes some hundred bytes in a browser, where a tab has 2 to 4 GB

_TYPES: dict[Literal["category", "number"], tuple[str, type[np.uint16] | type[np.float32]]] = {
    "category": ("u16", np.uint16),
    "number": ("f32", np.float32),
}

NO_TABLES: Mapping[str, Any] = MappingProxyType({})

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
        self.title = shown_name(title or f"{counted(n, 'token')} in {counted(dim, 'dimension')}")
        counts = embedding.vocabulary.counts
        text = Once(lambda: token_text(embedding.vocabulary.readable_tokens))
        measured = Once(lambda: lengths(embedding.vectors))
        makers: dict[str, Callable[[], bytes]] = {
            "manifest.json": lambda: json_bytes(self.manifest),
            "tokens.txt": lambda: text()[0],
            "offsets.u32": lambda: text()[1],
            "norms.f32": lambda: norm_bytes(*measured()),
            "undirected.json": lambda: json_bytes(undirected_infos(self._without_missing(measured()[1]))),
        }
        if counts is not None:
            makers["counts.f64"] = lambda: number_bytes(counts, np.float64)
        for suffix, language in [("", None)] if counts is not None else [(f"-{x}", x) for x in SCRIPTS_OF]:
            makers[f"order{suffix}.u32"] = functools.partial(order_bytes, embedding.vocabulary, language)
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
        methods = method_infos(embedding.dim, is_timeline, self.is_live)
        tokenizer, finder, vocabulary = embedding.tokenizer, self.finder, embedding.vocabulary
        return {
            "version": VERSION,
            "title": self.title,
            "nTokens": embedding.n_tokens,
            "dim": embedding.dim,
            "hasCounts": embedding.vocabulary.counts is not None,
            "hasVectors": True,
            "special": sorted(embedding.vocabulary.special),
            "tokenizer": None
            if tokenizer is None or finder is None
            else tokenizer_info(tokenizer.name, finder.unknown, vocabulary),
            "columns": [column_info(column) for column in self.columns],
            "methods": methods,
            "start": start(embedding, methods, is_timeline or self.is_live),
            "drawsAnew": True,
            "tables": [{"name": name, "path": path} for name, path in self.links.items()],
            "timeline": timeline_info(self.timeline, vocabulary) if is_timeline or self.is_live else None,
            "comparison": None if self.comparison is None else comparison_info(self.comparison),
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
        return {"text": None if self.text is None else shown_name(self.text.name)}
