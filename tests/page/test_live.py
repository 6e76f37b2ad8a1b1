"""The page of a table in training, in a real browser: it follows the run to its timeline."""

import re
import threading

import numpy as np
import pytest

from tovec.watching import Watch

APP = "document.getElementById('page').page.app"
WORDS = [f"{group}{number}" for group in "abcd" for number in range(10)]
EPOCHS = 4
SETTINGS = {"dim": 8, "epochs": EPOCHS, "min_count": 1, "threads": 1, "snapshots": 6, "sample": 0}
TIMEOUT_S = 60


def texts():
    """Sentences of words of one group each."""
    generator = np.random.default_rng(0)
    groups = [WORDS[start : start + 10] for start in (0, 10, 20, 30)]
    return [" ".join(generator.choice(groups[number % 4], 12)) for number in range(200)]


class Run:
    """A run in a thread of its own, which waits after each epoch until `go_on` is called."""

    def __init__(self, watch, folder):
        self.watch, self.embedding, self.failure = watch, None, None
        self._folder = folder
        self._waits, self._goes_on = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._train, daemon=True)
        self._thread.start()
        self.wait()

    @property
    def url(self):
        return self.watch.page.url

    def wait(self):
        assert self._waits.acquire(timeout=TIMEOUT_S)

    def go_on(self):
        self._goes_on.release()
        self.wait()

    def end(self):
        """Go on to the end."""
        for _ in range(EPOCHS):
            self._goes_on.release()
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()

    def _train(self):
        def on_epoch(embedding, progress):
            self.embedding = embedding
            self._waits.release()
            assert self._goes_on.acquire(timeout=TIMEOUT_S)
            if self.failure is not None:
                raise self.failure

        try:
            self.embedding = self.watch.train(texts(), self._folder, {**SETTINGS, "on_epoch": on_epoch})
        except OSError as error:
            assert error is self.failure


@pytest.fixture
def run(tmp_path, serve):
    with Watch("a run", port=0, open_browser=False) as watch:
        run = Run(watch, tmp_path)
        yield run
        run.end()


def follow(page):
    """Wait until a page shows the table in training."""
    page.wait_for_function(f"() => document.getElementById('page').page && {APP}.map.stats().total > 0")
    page.wait_for_function(f"() => {APP}.session.get().training !== null")
    return page


def ended(page):
    """Wait until a page shows the timeline, all of it."""
    page.wait_for_function(f"() => !{APP}.session.get().isLive && {APP}.session.get().trust !== null")
    return page.settled()


def has_slider(page):
    return page.get_by_role("slider", name="Moment", exact=True).count() == 1


def line(page):
    return page.locator(".live .timeline-text").first.inner_text()


def see_neighbors(page, embedding, token):
    """Wait until the neighbors, the vector and its length are those of this embedding."""
    nearest = [hit.id for hit in embedding.neighbors(token, 3)]
    length = f"{np.linalg.norm(embedding[token]):.4g}"
    found = f"{APP}.session.get().neighbors"
    page.wait_for_function(
        f"ids => {found} && ids.every((id, at) => {found}[at].id === id)",
        arg=nearest,
    )
    page.wait_for_function(
        "length => document.querySelector('.inspector .facts').innerText.includes(length)", arg=length
    )


def test_a_page_follows_a_run_to_its_timeline(run, open_url):
    page = follow(open_url(run.url, hash="#dims=2&token=7", wait=False))
    assert "epoch 2 of 4" in line(page) and "loss" in line(page)
    assert page.locator(".live .curves path").count() == 1 and not has_slider(page)
    lessons = page.locator(".lesson-begin:visible")
    assert lessons.count() == 1
    methods = page.locator(".projection .choices")
    assert methods.get_by_role("radio", name="PCA").is_checked()
    assert methods.get_by_role("radio", name="UMAP").is_disabled()
    assert "once training has ended" in methods.inner_text()
    token = page.tokens("[7]")[0]
    see_neighbors(page, run.embedding, token)

    other = follow(open_url(run.url, language="ko-KR", wait=False))
    assert "2/4에폭" in line(other)
    run.go_on()
    page.wait_for_function(f"() => {APP}.session.get().training.epoch >= 2")
    see_neighbors(page, run.embedding, token)
    page.wait_for_function(f"() => {APP}.session.get().points.dims === 2")
    page.get_by_role("radio", name="3D").click()
    page.wait_for_function(f"() => {APP}.session.get().points.dims === 3")

    page.wait_for_function("() => location.hash === '#token=7'")  # and nothing of a moment
    losses = page.app("app.session.get().training.losses")
    page.reload()
    follow(page)
    assert page.app("app.session.get().training.losses")[: len(losses)] == losses
    assert page.state("dims") == 3

    run.end()
    for each in (page, other):
        ended(each)
        assert each.locator(".live").count() == 0
    assert has_slider(page) and other.get_by_role("slider", name="스냅샷", exact=True).count() == 1
    n = page.app("app.source.manifest.timeline.moments.length")
    assert page.state("moment") == n - 1 and n > 3
    assert (
        f"Training has ended: this is the picture of all {n} moments."
        in page.locator(".notices").inner_text()
    )
    assert lessons.count() == 2  # that of a timeline too
    see_neighbors(page, run.embedding, token)
    assert page.app("app.session.get().picture.points.length") == n * len(WORDS) * 3
    assert methods.get_by_role("radio", name=re.compile("^UMAP")).is_enabled()
    page.wait_for_function(f"() => {APP}.session.get().legend !== null")  # the clusters
    page.get_by_role("slider", name="Moment", exact=True).press("Home")
    page.wait_for_function("() => location.hash.includes('moment=0')")

    late = ended(open_url(run.url))
    assert has_slider(late) and late.locator(".live").count() == 0


def test_the_camera_is_the_users_while_the_points_move(run, open_url):
    page = follow(open_url(run.url, hash="#dims=2", wait=False))
    page.locator(".map").focus()
    page.keyboard.press("+")
    camera = page.app("app.map.getCamera()")
    places = page.app("Array.from(app.map.coordinates())")
    run.go_on()
    page.wait_for_function(f"() => {APP}.session.get().training.epoch >= 2")
    page.wait_for_function(
        f"places => {APP}.map.coordinates().some((x, at) => Math.abs(x - places[at]) > 1e-3)", arg=places
    )
    assert page.app("app.map.getCamera()") == camera
    run.end()
    ended(page)
    assert page.app("app.map.getCamera()") == camera


def test_a_run_that_fails_is_said_in_both_languages(run, open_url):
    page = follow(open_url(run.url, wait=False))
    run.failure = OSError("the disk is full")
    run.end()
    alert = page.locator(".live [role=alert]")
    alert.wait_for()
    assert alert.inner_text() == "Training has failed: the disk is full"
    page.get_by_role("radio", name="한국어").click()
    assert alert.inner_text() == "학습에 실패했어요: the disk is full"
    assert not has_slider(page)
