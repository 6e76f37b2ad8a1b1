"""The page with many points, compared with the TensorBoard projector, in Chromium with software WebGL2.

Usage: python benchmarks/page.py [--sizes 100000,1000000] [--dim D] [--cold N] [--skip-tensorboard]
Without a GPU the time of a frame says nothing; compare the time of the main thread, and the ratio to the
projector on the same data in the same run. "visible": from requesting the page until a screenshot shows
points, detected in the same way for both.
"cold": N rows (60,000) in a server of its own process that has just begun to answer. "first picture": from
then until points are visible. "server, MB": the private memory of the server and its children, files not
counted, when it begins to answer and after UMAP; the projector computes its UMAP in the browser,
so its server is measured when points are visible. Limits: a first picture in 3 s, and memory that grows by 3
times the vectors at most. Needs a `chromium` on the PATH and the PyPI packages playwright,
pillow and, for the projector, tensorboard.
"""

import argparse
import io
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from common import is_installed, report
from headless_page import APP, FLAGS, chromium_path, viewed
from numpy.typing import NDArray

import tovec

SIZE = {"width": 1280, "height": 800}
TIMEOUT_MS = 600_000
# Runs in the page: the time from the last letter of a search to its result.
SEARCH = """async (text) => {
  const { store } = APP;
  const start = performance.now();
  await new Promise((done) => {
    const stop = store.subscribe((now, before) => {
      if (now.found !== before.found) { stop(); done(); }
    });
    store.set({ search: text });
  });
  return performance.now() - start;
}""".replace("APP", APP)
PICK = """() => {
  const times = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    APP.map.pick(300 + (i * 37) % 600, 200 + (i * 53) % 400);
    times.push(performance.now() - start);
  }
  return Math.max(...times);
}""".replace("APP", APP)


def table(n: int, dim: int) -> tuple[list[str], NDArray[np.float32]]:
    """Return n tokens and vectors in some hundred clusters."""
    generator = np.random.default_rng(0)
    centers = generator.standard_normal((200, dim), dtype=np.float32)
    vectors = centers[generator.integers(200, size=n)]
    vectors += 0.5 * generator.standard_normal((n, dim), dtype=np.float32)
    syllables = [
        "ka",
        "to",
        "mi",
        "re",
        "su",
        "no",
        "ha",
        "li",
        "ve",
        "do",
        "가",
        "나",
        "다",
        "라",
        "마",
        "바",
    ]
    parts = len(syllables)
    tokens = [
        syllables[i % parts]
        + syllables[i // parts % parts]
        + syllables[i // parts**2 % parts]
        + str(i // parts**3)
        for i in range(n)
    ]
    return tokens, vectors


def seconds_until_visible(page: Any, url: str) -> float:
    """Open `url`; return the seconds until the middle of the window shows points."""
    from PIL import Image

    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    while time.perf_counter() - start < TIMEOUT_MS / 1000:
        requested = time.perf_counter()
        try:
            png = page.screenshot(timeout=TIMEOUT_MS, clip={"x": 480, "y": 250, "width": 320, "height": 300})
        except Exception:  # the browser is still loading the page
            continue
        pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)
        # Both draw points in colors and nothing else there; a loading spinner has few colored pixels.
        colored = np.ptp(pixels.astype(int), axis=1) > 20
        if colored.mean() > 0.1:
            return requested - start
    sys.exit(f"no points were drawn at {url}")


def tovec_row(browser: Any, tokens: list[str], vectors: NDArray[np.float32]) -> dict[str, object]:
    counts = (1e7 / np.arange(1, len(tokens) + 1)).astype(np.int64) + 1
    embedding = tovec.Embedding(tovec.Vocabulary(tokens, counts), vectors)
    with tovec.view(embedding, block=False, open_browser=False, port=0) as server:
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(TIMEOUT_MS)
        hash = "#method=pca&color=frequency"
        visible = seconds_until_visible(page, server.url + hash)
        page.wait_for_function(f"() => !{APP}.store.get().progress.running")
        page.evaluate(f"() => {APP}.map.settle()")
        middle = page.evaluate(
            f"(() => {{ const b = {APP}.map.element.getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        page.mouse.move(*middle)
        page.mouse.down()
        drawn = []
        for step in range(30):
            page.mouse.move(middle[0] + 4 * step, middle[1] + step)
            drawn.append(page.evaluate(f"{APP}.map.stats().drawn"))
        frames = page.evaluate(f"{APP}.map.stats().frames")
        page.mouse.up()
        page.evaluate(f"() => {APP}.map.settle()")
        stats = page.evaluate(f"{APP}.map.stats()")
        search = max(page.evaluate(SEARCH, text) for text in ("mi", "tore", "가나7", "zzz"))
        page.evaluate(f"{APP}.store.set({{ search: '' }})")
        page.wait_for_timeout(500)
        page.evaluate(f"() => {APP}.map.settle()")
        row = {
            "run": "tovec",
            "points": len(tokens),
            "visible, s": visible,
            "frame, main thread, median ms": statistics.median(frames),
            "worst ms": max(frames),
            "points drawn while moving": min(drawn),
            "points drawn at rest": stats["drawn"],
            "GPU, MB": stats["gpuBytes"] / 1e6,
            "search, ms": search,
            "hover, ms": page.evaluate(PICK),
            "index, ms": stats["indexMs"],
        }
        page.close()
    return row


def private_bytes(pid: int) -> int:
    """Return the memory of a process and its children, files not counted (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (own,) = (line.split()[1] for line in status.splitlines() if line.startswith("RssAnon"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(own) * 1024 + sum(map(private_bytes, map(int, children)))


@contextmanager
def tovec_server(tokens: list[str], vectors: NDArray[np.float32]) -> Iterator[tuple[str, int]]:
    """Run `tovec view` on the table; yield its address, at which it answers, and the id of its process."""
    with tempfile.TemporaryDirectory() as folder:
        tovec.Embedding(tokens, vectors).save(Path(folder) / "table")
        with viewed([f"{folder}/table"]) as served:
            yield served


def cold_row(browser: Any, tokens: list[str], vectors: NDArray[np.float32]) -> dict[str, object]:
    with tovec_server(tokens, vectors) as (url, pid):
        before = private_bytes(pid)
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(TIMEOUT_MS)
        visible = seconds_until_visible(page, url + "#method=umap&color=norm")
        page.wait_for_function(f"() => !{APP}.store.get().progress.running")
        time.sleep(1)  # the server gives memory back
        after = private_bytes(pid)
        page.close()
    return {
        "run": "tovec",
        "points": len(tokens),
        "first picture, s": visible,
        "server at first, MB": before / 1e6,
        "server at last, MB": after / 1e6,
        "grown by, x vectors": (after - before) / vectors.nbytes,
    }


def cold_tensorboard_row(browser: Any, tokens: list[str], vectors: NDArray[np.float32]) -> dict[str, object]:
    with tensorboard(tokens, vectors) as (url, pid):
        before = private_bytes(pid)
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(TIMEOUT_MS)
        visible = seconds_until_visible(page, url)
        after = private_bytes(pid)
        page.close()
    return {
        "run": "TensorBoard projector",
        "points": len(tokens),
        "first picture, s": visible,
        "server at first, MB": before / 1e6,
        "server at last, MB": after / 1e6,
        "grown by, x vectors": (after - before) / vectors.nbytes,
    }


def cold_rows(browser: Any, n: int, dim: int, peer: bool) -> list[dict[str, object]]:
    """Measure both in servers that have just started, and print the ratios."""
    tokens, vectors = table(n, dim)
    rows = [cold_row(browser, tokens, vectors)]
    if peer:
        rows.append(cold_tensorboard_row(browser, tokens, vectors))
        for column in ("first picture, s", "server at last, MB"):
            ratio = rows[1][column] / rows[0][column]  # type: ignore[operator]
            print(f"{column}: {ratio:.1f} x less than the TensorBoard projector")
    return rows


@contextmanager
def tensorboard(tokens: list[str], vectors: NDArray[np.float32]) -> Iterator[tuple[str, int]]:
    """Run the projector with the same table; yield its address and the id of its process."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        vectors.tofile(place / "vectors.bytes")
        (place / "tokens.tsv").write_text("\n".join(tokens) + "\n", encoding="utf-8")
        (place / "projector_config.pbtxt").write_text(
            f'embeddings {{ tensor_name: "table" tensor_path: "vectors.bytes" metadata_path: "tokens.tsv" '
            f"tensor_shape: {vectors.shape[0]} tensor_shape: {vectors.shape[1]} }}"
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = shutil.which("tensorboard", path=str(Path(sys.executable).parent)) or "tensorboard"
        command = [program, "--logdir", folder, "--port", str(port), "--host", "127.0.0.1"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}/"
            for _ in range(600):
                try:
                    urllib.request.urlopen(address).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"{address}#projector", process.pid
        finally:
            process.terminate()
            process.wait()


def tensorboard_row(browser: Any, tokens: list[str], vectors: NDArray[np.float32]) -> dict[str, object]:
    with tensorboard(tokens, vectors) as (url, _):
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(TIMEOUT_MS)
        visible = seconds_until_visible(page, url)
        page.close()
    return {"run": "TensorBoard projector", "points": len(tokens), "visible, s": visible}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", default="100000,1000000")
    arguments.add_argument("--dim", type=int, default=100)
    arguments.add_argument("--cold", type=int, default=60_000, metavar="N", help="0: not measured")
    arguments.add_argument("--skip-tensorboard", action="store_true")
    options = arguments.parse_args()
    if not (is_installed("playwright", "this benchmark") and is_installed("PIL", "this benchmark")):
        return
    program = chromium_path()
    if program is None:
        print("chromium is not on the PATH: this benchmark is left out")
        return
    from playwright.sync_api import sync_playwright

    rows: list[dict[str, object]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        for n in map(int, filter(None, options.sizes.split(","))):
            tokens, vectors = table(n, options.dim)
            rows.append(tovec_row(browser, tokens, vectors))
            skip = options.skip_tensorboard or n > 100_000
            if not skip and is_installed("tensorboard", "the projector"):
                peer = tensorboard_row(browser, tokens, vectors)
                ratio = peer["visible, s"] / rows[-1]["visible, s"]  # type: ignore[operator]
                rows.append({**dict.fromkeys(rows[-1], "-"), **peer})
                print(f"points are visible {ratio:.1f} x sooner than in the TensorBoard projector")
        cold: list[dict[str, object]] = []
        if options.cold:
            has_peer = not options.skip_tensorboard and is_installed("tensorboard", "the projector")
            cold = cold_rows(browser, options.cold, options.dim, has_peer)
        browser.close()
    if rows:
        report("page", rows)
    if cold:
        report("page-cold", cold)


if __name__ == "__main__":
    main()
