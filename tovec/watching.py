"""Training that is watched: a page of the table while it is trained, and of its timeline from then on."""

import atexit
import html
import inspect
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from tovec.dependencies import is_installed
from tovec.embedding import Embedding
from tovec.errors import BadSource
from tovec.escapes import one_line
from tovec.foreign_names import explains_keywords
from tovec.progress import Event, Note, Reporter, silent
from tovec.reporting import display_in_cell, is_in_notebook, own_reporter
from tovec.storage.disk import temporary_folder
from tovec.text.training_input import TextInput
from tovec.timeline import Moment, Timeline
from tovec.training.config import Settings
from tovec.training.events import EpochEnded, Trained
from tovec.training.run import OnBegin, OnEnd, OnRunning, OnSnapshot
from tovec.training.run import train as train_unwatched
from tovec.training.run_folder import Run, train_into
from tovec.training.running import Running
from tovec.training.settings import WATCHED_SNAPSHOTS

if TYPE_CHECKING:
    from tovec.notebook.widget import Widget
    from tovec.server.live import LiveStream
    from tovec.server.open_page import Page
    from tovec.server.page_data import PageData

PORT = 8765  # as of `tovec.view`
BROWSER_S = 3.0  # for a browser to show the page before the first step
END_S = 1.0  # for pages to hear how a run has failed
LATE = (
    "the picture has not come up yet; a notebook that answers widgets only between cells shows it at the end"
)
_WHERE = "the page is at {url} until Python ends"
GET_WIDGET = "; pip install 'tovec[notebook]' shows it in the cell"
OTHER_TOKENS = "the snapshots have other tokens than this run; `tovec view … --timeline` shows them"


class TrainArguments(Settings, total=False):
    """The arguments of `tovec.train` beside the texts, as training/run.py has them."""

    work: str | Path | None
    resume: bool
    checkpoint_every: float | None
    validation: TextInput | None
    continue_from: Embedding | None
    snapshots: int
    snapshot_tokens: int
    more_snapshot_tokens: Sequence[str]
    on_begin: OnBegin | None
    on_running: OnRunning | None
    on_epoch: OnSnapshot | None
    on_snapshot: OnSnapshot | None
    on_end: OnEnd | None
    reporter: Reporter | None


class Watch:
    """The page of one run, in a `with` block, which closes it. `page` is None until training begins.

    The page shows the tokens of snapshots. title: of the page; None for the size of its table. When a browser
    is opened, the first step waits for it, some seconds at most: a short run would be over before.
    tell: called with the address as soon as there is one; None only reports it.
    """

    def __init__(
        self,
        title: str | None = None,
        *,
        port: int = PORT,
        open_browser: bool = True,
        tell: Callable[[str], object] | None = None,
    ) -> None:
        self._title, self._port, self._opens, self._tell = title, port, open_browser, tell
        self._running: Running | None = None
        self._stream: LiveStream | None = None
        self._report: Reporter = silent
        self._is_followed = True  # by a reporter that does not show the address yet
        self.page: Page | Widget | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.page is not None:
            self.page.close()

    def train_into(
        self,
        directory: Path,
        inputs: TextInput,
        *,
        snapshots: int = 0,
        reporter: Reporter | None = None,
        **arguments: Any,
    ) -> Run:
        """Do what `train_into` of training/run_folder.py does, with at least some snapshots."""
        self._begin_with(reporter)
        with self._telling_failure():
            run = train_into(
                directory,
                inputs,
                snapshots=snapshots or WATCHED_SNAPSHOTS,
                on_running=self.begin,
                reporter=self.report,
                **arguments,
            )
        self.end(directory, run.embedding)
        return run

    def train(self, texts_or_paths: TextInput, work: Path, arguments: TrainArguments) -> Embedding:
        """Do what training/run.py's `train` does, with at least some snapshots, in the folder `work`."""
        self._begin_with(arguments.get("reporter"))
        also = arguments.get("on_running")

        def begin(running: Running) -> None:
            self.begin(running)
            if also is not None:
                also(running)

        given = arguments.copy()
        given["snapshots"] = given.get("snapshots") or WATCHED_SNAPSHOTS
        given["work"], given["on_running"], given["reporter"] = work, begin, self.report
        with self._telling_failure():
            embedding = train_unwatched(texts_or_paths, **given)
        self.end(work, embedding)
        return embedding

    def begin(self, running: Running) -> None:
        """Open the page of a run that is about to take its first step."""
        from tovec.server.live import LiveStream
        from tovec.server.live_progress import RunProgress
        from tovec.server.page_data import PageData

        begun = running.position.epochs * running.n_ids
        progress = RunProgress(n_ids=running.n_ids, epochs=running.epochs, progress=begun)
        self._running, self._stream = running, LiveStream(running.embedding, progress)
        data = PageData(running.embedding, (), self._title, is_live=True)
        self._open_live(data, self._stream)

    def report(self, event: Event) -> None:
        """Tell the page and the reporter of the run."""
        if self._stream is not None and isinstance(event, Trained):
            self._stream.advance(event.done, _finite(event.progress.loss))
        elif self._stream is not None and isinstance(event, EpochEnded):
            self._stream.validated(_finite(event.validation_loss))
        self._report(event)

    def end(self, snapshots: Path, embedding: Embedding) -> None:
        """Show the timeline of a run that has ended with `embedding`. snapshots: the folder that has them."""
        from tovec.language_model.opening import language_model_of
        from tovec.server.live import FINISHED, INTERRUPTED
        from tovec.server.page_data import page_data

        if self.page is None or self._stream is None or self._running is None:
            self._show_ended(snapshots, embedding)
            return
        timeline = _timeline(snapshots, self._running)
        model = language_model_of(embedding)
        data = page_data(timeline, title=self._title, report=self._report, language_model=model)
        self.page.show(data)
        self._stream.end(INTERRUPTED if embedding.provenance["interrupted"] else FINISHED)
        self._running = None  # and its tables

    def _show_ended(self, snapshots: Path, embedding: Embedding) -> None:
        """Open the page of a run that had ended before: of its timeline, else of its vectors."""
        from tovec.language_model.opening import language_model_of
        from tovec.server.page_data import page_data
        from tovec.sources.timeline import open_timeline

        shown: Embedding | Timeline
        try:
            shown = open_timeline(snapshots)
        except BadSource as error:  # it was run without snapshots
            self._report(Note(str(error)))
            shown = embedding
        model = language_model_of(embedding)
        self._open(page_data(shown, title=self._title, report=self._report, language_model=model))

    def _open_live(self, data: "PageData", stream: "LiveStream") -> None:
        from tovec.server.open_page import Page

        self.page = page = Page(data, port=self._port, live=stream)
        if self._tell is not None:
            self._tell(page.url)
        if self._is_followed:
            self._report(Note(f"watch it: {page.url}"))
        if self._opens and page.open_browser():
            stream.wait_for_client(BROWSER_S)

    def _open(self, data: "PageData") -> None:
        from tovec.server.open_page import Page

        self.page = page = Page(data, port=self._port)
        if self._tell is not None:
            self._tell(page.url)
        if self._opens:
            page.open_browser()

    def _check_can_open(self) -> None:
        from tovec.server.open_page import check_can_serve

        check_can_serve(self._port)

    def _begin_with(self, reporter: Reporter | None) -> None:
        self._check_can_open()
        self._report = reporter or own_reporter()
        self._is_followed = reporter is not None or self._tell is None

    @contextmanager
    def _telling_failure(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if self._stream is not None:
                from tovec.server.live import FAILED

                self._stream.end(FAILED, one_line(str(error) or type(error).__name__))
                self._stream.wait_for_end(END_S)
            raise


class _CellWatch(Watch):
    """The same in the cell of a notebook, as a widget, which stays there after a block that does not fail."""

    def __exit__(self, *raised: object) -> None:
        if any(raised):
            super().__exit__(*raised)

    def _open_live(self, data: "PageData", stream: "LiveStream") -> None:
        self._display(data, stream)
        if not stream.wait_for_client(BROWSER_S):
            self._report(Note(LATE))

    def _open(self, data: "PageData") -> None:
        self._display(data)

    def _check_can_open(self) -> None:
        from tovec.notebook.widget import widget_files

        widget_files()

    def _display(self, data: "PageData", stream: "LiveStream | None" = None) -> None:
        from IPython.display import display

        from tovec.notebook.widget import Widget

        self.page = Widget(data, live=stream)
        display(self.page)


def _timeline(snapshots: Path, running: Running) -> Timeline:
    """Return the moments of a run, at least the last one, with the tokens that were watched."""
    from tovec.sources.timeline import open_timeline

    vocabulary, tokenizer = running.embedding.vocabulary, running.embedding.tokenizer
    try:
        timeline = open_timeline(snapshots)
        if timeline.tokens == vocabulary.tokens:
            embeddings = [each.with_tokenizer(tokenizer) for each in timeline]
            return Timeline(embeddings, timeline.moments, unit=timeline.unit, findings=timeline.findings)
        finding = OTHER_TOKENS
    except BadSource as error:  # a disk that was too full for any
        finding = str(error)
    progress = round(running.position.epochs * running.n_ids)
    last = Embedding(vocabulary, running.embedding.vectors[:], tokenizer)
    moment = Moment(str(progress), progress, running.position.epochs)
    return Timeline([last], [moment], unit="ids", findings=[finding])


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


_shown = ExitStack()  # the page of the last watched run, and the folder of its snapshots
_shown_in_cells = ExitStack()  # the same of all runs that are shown in cells, whose widgets stay
for each in (_shown, _shown_in_cells):
    atexit.register(each.close)


@explains_keywords(*TrainArguments.__annotations__)
def train(
    texts_or_paths: TextInput, *, watch: bool = False, port: int = PORT, **arguments: Unpack[TrainArguments]
) -> Embedding:
    """See `_documented`."""
    if not watch:
        return train_unwatched(texts_or_paths, **arguments)
    is_in_cell = is_in_notebook() and is_installed("anywidget")
    if not is_in_cell:
        _shown.close()
    with ExitStack() as until_failure:
        work = arguments.get("work")
        folder = until_failure.enter_context(temporary_folder()) if work is None else Path(work)
        watching = until_failure.enter_context(_CellWatch() if is_in_cell else Watch(port=port, tell=_tell))
        embedding = watching.train(texts_or_paths, folder, arguments)
        (_shown_in_cells if is_in_cell else _shown).push(until_failure.pop_all())
    return embedding


def _tell(url: str) -> None:
    """Say where the page is: in a notebook by a link, elsewhere by a line."""
    if is_in_notebook():
        display_in_cell(_Link(url))
    else:
        sys.stdout.write(f"{_Link(url)}\n")
        sys.stdout.flush()


@dataclass(frozen=True)
class _Link:
    url: str

    def _repr_html_(self) -> str:
        url = html.escape(self.url)
        link = f'<a href="{url}" target="_blank" rel="noopener">{url}</a>'
        return f"<div>{html.escape(_WHERE.format(url=self.url)).replace(url, link)}{GET_WIDGET}</div>"

    def __repr__(self) -> str:
        return _WHERE.format(url=self.url) + (GET_WIDGET if is_in_notebook() else "")


_WATCH = f"""watch: a page in the browser shows the vectors while they are trained, and from the end on their
    snapshots as a timeline: {WATCHED_SNAPSHOTS}, unless `snapshots` says how many. Without `work` they lie in
    a temporary folder. The page is there until Python ends or another run is watched; its address is printed
    before the first step, in a notebook as a link. In a notebook that has anywidget it is in the cell, as of
    `tovec.widget`. port: of the page; the next free one where it is taken.

    """
_BEFORE = "Settings, which are also the fields of TrainConfig:"


def _documented(function: Callable[..., Embedding]) -> None:
    """Give `train` the signature and the help of training/run.py's, with what is more here."""
    own, run = inspect.signature(function), inspect.signature(train_unwatched)
    more = [own.parameters["watch"], own.parameters["port"]]
    first, *others = run.parameters.values()
    function.__signature__ = run.replace(parameters=[first, *more, *others])  # type: ignore[attr-defined]
    if train_unwatched.__doc__ is not None:
        function.__doc__ = train_unwatched.__doc__.replace(_BEFORE, _WATCH + _BEFORE)


_documented(train)
