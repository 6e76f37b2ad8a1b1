"""A table that is still being trained, as pictures that follow each other: the stream of /api/live.

One thread draws for all clients, and only while there are any. What it computes is taken from the threads
that train, so there is a pause after each picture, PAUSES times as long as one takes. Where other programs
hold up all threads, pictures take longer and become rarer, so their share of the work stays what it is.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from tovec.embedding import Embedding
from tovec.errors import BadSetting
from tovec.projection import Points
from tovec.server.failures import log_failure
from tovec.server.jobs import Step
from tovec.server.live_picture import components_of_directions, turned
from tovec.server.live_progress import RunProgress
from tovec.server.manifest import drawn_dims
from tovec.threads import one_blas_thread

PAUSES = 25
MIN_PAUSE_S = 0.25
MEASURED = 3  # pictures, of which the fastest counts: one may have waited for something else
TRAINING, FINISHED, INTERRUPTED, FAILED = "training", "finished", "interrupted", "failed"


class LiveStream:
    """The stream of a run; all methods are for any thread.

    embedding: its rows are those of now, whenever they are read; it is released at the end.
    """

    def __init__(self, embedding: Embedding, progress: RunProgress) -> None:
        self._dims = drawn_dims(embedding.dim)
        self._embedding: Embedding | None = embedding
        self._progress = progress
        self._state, self._message = TRAINING, ""
        self._pictures: dict[int, Points] = {}  # the last one, by its dimensions
        self._number = 0  # of that one
        self._next_at = 0.0  # the time of the next one
        self._seconds: deque[float] = deque(maxlen=MEASURED)  # that the last ones took
        self._subscribers: set[LiveSubscriber] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._has_failed_to_draw = False

    def advance(self, progress: float, loss: float | None) -> None:
        """Training has come so far; loss: the mean since the last call, None where there is none."""
        with self._changed:
            self._progress.advance(progress, loss)

    def validated(self, loss: float | None) -> None:
        """The loss on held-out text has been measured."""
        with self._changed:
            self._progress.validated(loss)

    def end(self, state: str, message: str = "") -> None:
        """Training has ended. message: one line on why it failed.

        There is one more picture, of the rows of now, unless it failed. Then the stream ends, so by now the
        session has to show what has come of the run.
        """
        with self._changed:
            if self._is_over:
                return
            self._state, self._message = state, message
            if self._thread is None:
                self._release()
            self._changed.notify_all()

    def close(self) -> None:
        """Draw nothing more."""
        with self._changed:
            if not self._is_over:
                self._state = INTERRUPTED
                self._release()

    def wait_for_client(self, timeout_s: float) -> bool:
        """Wait until somebody reads the stream, and the first picture is there; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._subscribers and self._number), timeout_s)

    def wait_for_end(self, timeout_s: float) -> None:
        """Wait until the end has been sent to all who read the stream."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over and not self._subscribers, timeout_s)

    def subscribe(self, dims: int, notify: Callable[[], None]) -> "LiveSubscriber":
        """Return a subscriber to pictures in so many dimensions; `notify` is called at each new one."""
        if dims not in self._dims:
            raise BadSetting("dims", dims, " or ".join(map(str, self._dims)))
        subscriber = LiveSubscriber(self, dims, notify)
        with self._changed:
            self._subscribers.add(subscriber)
            if self._thread is None and not self._is_over:
                self._thread = threading.Thread(target=self._draw_all, name="tovec live", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        notify()
        return subscriber

    def leave(self, subscriber: "LiveSubscriber") -> None:
        """End a subscription."""
        with self._changed:
            self._subscribers.discard(subscriber)
            self._changed.notify_all()

    def next_of(self, subscriber: "LiveSubscriber") -> Step | None:
        """Return the present, None for a subscriber that has seen it. Each picture comes once."""
        with self._changed:
            if self._number == subscriber.seen and (subscriber.has_ended or not self._is_over):
                return None
            picture = self._pictures.get(subscriber.dims)
            is_new = self._number > subscriber.seen
            losses = self._progress.losses.after(subscriber.losses_until)
            subscriber.losses_until = losses[-1][0] if losses else subscriber.losses_until
            subscriber.seen, subscriber.has_ended = self._number, self._is_over
            header = {
                "state": self._state if self._is_over else TRAINING,
                **self._progress.header(),
                "dims": subscriber.dims,
                "axisNames": [f"axis {number + 1}" for number in range(subscriber.dims)],
                "losses": losses,
                "message": self._message,
            }
            return Step(header, picture if is_new else None)

    @property
    def _is_over(self) -> bool:
        return self._embedding is None

    def _draw_all(self) -> None:
        """Draw until nobody is there, or until the picture of the end."""
        while True:
            with self._changed:
                self._changed.wait_for(self._is_awaited, self._next_at - time.monotonic())
                embedding, has_ended = self._embedding, self._state != TRAINING
                if embedding is None or not (self._subscribers or has_ended):
                    self._thread = None
                    return
                is_drawn = bool(self._subscribers) and self._state != FAILED
            if is_drawn:
                self._draw(embedding)
            with self._changed:
                if has_ended:
                    self._release()
                    return
                self._notify_all()

    def _is_awaited(self) -> bool:
        """Whether the pause ends before its time."""
        return self._state != TRAINING or not self._subscribers

    def _draw(self, embedding: Embedding) -> None:
        begun = time.monotonic()
        before = pictures = self._pictures
        try:
            with one_blas_thread():
                points = components_of_directions(embedding.vectors[:], max(self._dims))
                pictures = {dims: turned(points, dims, before.get(dims)) for dims in self._dims}
        except Exception as error:  # the run must not end for a picture, and the numbers go on without it
            if not self._has_failed_to_draw:
                log_failure("a picture of the run", error)
            self._has_failed_to_draw = True
        now = time.monotonic()
        self._seconds.append(now - begun)
        with self._changed:
            self._pictures, self._number = pictures, self._number + 1
            self._next_at = now + max(MIN_PAUSE_S, PAUSES * min(self._seconds))
            self._changed.notify_all()  # who waits for the first one

    def _release(self) -> None:
        self._embedding = self._thread = None
        self._notify_all()
        self._changed.notify_all()

    def _notify_all(self) -> None:
        for subscriber in self._subscribers:
            subscriber.notify()


class LiveSubscriber:
    """A reader of the stream. One that is slow misses pictures, and gets the newest."""

    def __init__(self, stream: LiveStream, dims: int, notify: Callable[[], None]) -> None:
        self.dims, self.notify = dims, notify
        self.seen = 0  # the number of the last picture
        self.losses_until = -1.0
        self.has_ended = False
        self._stream = stream

    def next(self) -> Step | None:
        """Return the present, None where it has been seen."""
        return self._stream.next_of(self)

    def leave(self) -> None:
        """End the subscription."""
        self._stream.leave(self)
