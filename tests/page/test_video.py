"""The timeline recorded as a video by a real browser, and played in it."""

import base64
import re

import numpy as np
import pytest

import tovec
from tovec.timeline import Moment, Timeline

APP = "document.getElementById('page').page.app"
# Frames as small gray pictures: of the start, and of the end.
FRAMES = """async (data) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]));
  await new Promise((resolve, reject) => { video.onloadeddata = resolve; video.onerror = reject; });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [160, 120];
  const context = canvas.getContext("2d");
  const shot = () => {
    context.drawImage(video, 0, 0, 160, 120);
    return Array.from(context.getImageData(0, 0, 160, 120).data);
  };
  const first = new Promise((resolve) => video.requestVideoFrameCallback(() => resolve(shot())));
  await video.play();
  await new Promise((resolve) => (video.onended = resolve));
  const { videoWidth: width, videoHeight: height, currentTime: seconds } = video;
  return { first: await first, last: shot(), width, height, seconds };
}"""


@pytest.fixture(scope="module")
def timeline():
    """Ten tokens that turn by a quarter."""
    angles = np.linspace(0, 2, 10)
    places = [np.stack([np.cos(angles + turn), np.sin(angles + turn)], axis=1) for turn in (0, 0.8, 1.6)]
    vocabulary = tovec.Vocabulary([f"t{row}" for row in range(10)])
    moments = [Moment(f"{at}", 1000.0 * at, loss=4.0 - at) for at in range(3)]
    return Timeline([tovec.Embedding(vocabulary, each) for each in places], moments, unit="ids")


def opened(open_url, url):
    page = open_url(url, hash="#method=none&dims=2&speed=4&moment=1")
    page.get_by_role("button", name="Save as PNG").click()
    return page


def is_as_before(page):
    page.wait_for_function(f"() => {APP}.session.get().shownMoment === 1")
    return [page.state(name) for name in ("moment", "playing", "speed")] == [1, False, 4]


@pytest.mark.slow
def test_a_timeline_is_recorded_from_its_first_moment_to_its_last(open_url, serve, timeline):
    page = opened(open_url, serve(timeline))
    assert "takes 3 s" in page.locator(".picture-dialog").inner_text()
    address = page.evaluate("[location.hash, history.length]")
    with page.page.expect_download() as download:
        page.get_by_role("button", name="Record a video").press("Enter")
        page.locator(".picture-dialog progress").wait_for()
        assert page.get_by_role("button", name="Save PNG").is_disabled()
    assert download.value.suggested_filename.endswith(".webm")
    data = download.value.path().read_bytes()
    assert data[:4] == b"\x1a\x45\xdf\xa3"  # EBML
    assert not page.locator(".picture-dialog").is_visible()
    assert is_as_before(page)
    assert page.evaluate("[location.hash, history.length]") == address
    player = page.context.new_page()  # the page itself may load no videos
    found = player.evaluate(FRAMES, base64.b64encode(data).decode())
    width, height = page.app("[app.map.element.clientWidth, app.map.element.clientHeight]")
    assert found["width"] >= width
    assert found["height"] > height  # the title is above
    assert 1.6 < found["seconds"] < 10  # 3.1, on a machine that keeps up
    first, last = (
        np.array(found[name]).reshape(120, 160, 4)[..., :3].astype(int) for name in ("first", "last")
    )
    background = [int(part) for part in re.findall(r"\d+", page.app("app.map.element.style.background"))][:3]
    assert np.abs(first[-2:].mean(axis=(0, 1)) - background).max() < 6
    top = round(120 * 80 / found["height"])
    for part in (slice(0, top), slice(top, None)):  # the line of the moment, and the points
        assert (np.abs(first[part] - last[part]).max(axis=-1) > 30).sum() > 5


def test_a_recording_that_is_stopped_leaves_nothing(open_url, serve, timeline):
    page = opened(open_url, serve(timeline))
    downloads = []
    page.page.on("download", lambda download: downloads.append(download))
    page.get_by_role("button", name="Record a video").click()
    page.get_by_role("button", name="Stop, keep nothing").press("Enter")
    page.locator(".picture-dialog progress").wait_for(state="hidden")
    assert is_as_before(page)
    assert page.get_by_role("button", name="Record a video").is_enabled()
    page.get_by_role("button", name="Record a video").click()
    page.keyboard.press("Escape")
    page.locator(".picture-dialog").wait_for(state="hidden")
    assert is_as_before(page)
    assert downloads == []


def test_a_browser_that_cannot_record_says_so_and_a_table_has_no_button(open_url, serve, timeline):
    page = opened(open_url, serve(timeline))
    page.keyboard.press("Escape")
    page.evaluate("delete globalThis.MediaRecorder")
    page.get_by_role("button", name="Save as PNG").click()
    button = page.get_by_role("button", name="Record a video")
    assert button.is_disabled()
    reason = page.locator(f"id={button.get_attribute('aria-describedby')}")
    assert "cannot record a video" in reason.inner_text()
    table = opened(open_url, serve(timeline[-1]))
    assert table.get_by_role("button", name="Save PNG").is_visible()
    assert not table.get_by_role("button", name="Record a video").is_visible()


@pytest.mark.slow
def test_an_exported_file_records_the_map_alone_too(open_url, tmp_path, timeline):
    tovec.export(timeline, tmp_path / "film.html", methods=["none"])
    page = opened(open_url, (tmp_path / "film.html").as_uri())
    page.get_by_label("With title and legend").uncheck()
    with page.page.expect_download() as download:
        page.get_by_role("button", name="Record a video").click()
    data = download.value.path().read_bytes()
    found = page.context.new_page().evaluate(FRAMES, base64.b64encode(data).decode())
    size = np.array(page.app("[app.map.element.clientWidth, app.map.element.clientHeight]"))
    assert [found["width"], found["height"]] == list(2 * -(-size // 2))  # even
    assert is_as_before(page)
