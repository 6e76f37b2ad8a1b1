"""The server, when the file of its table changes: it says so, and goes on."""

import contextlib
import http.client
import os
import shutil
import urllib.parse

import numpy as np
import pytest

import tovec
from tovec.embedding import Embedding
from tovec.server.open_page import Page
from tovec.server.page_data import page_data

TIMEOUT_S = 30


@pytest.fixture
def path(tmp_path):
    rows = np.random.default_rng(0).standard_normal((50, 5)).astype(np.float32)
    tovec.save(Embedding([f"w{row}" for row in range(50)], rows), tmp_path / "a.safetensors")
    os.utime(tmp_path / "a.safetensors", (1e9, 1e9))
    return tmp_path / "a.safetensors"


class Client:
    def __init__(self, page):
        self.port, self.cookie = page.port, ""
        self.cookie = self.ask(f"/?{urllib.parse.urlsplit(page.url).query}")[2]

    def ask(self, target):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)) as to:
            to.request("GET", target, headers={"Cookie": self.cookie})
            answer = to.getresponse()
            cookie = (answer.getheader("set-cookie") or "").split(";")[0]
            return answer.status, answer.read().decode(errors="replace"), cookie


def cut_short(path):
    os.truncate(path, 100)


def copied_over(path):
    path.with_name("other").write_bytes(path.read_bytes()[::-1])
    shutil.copyfile(path.with_name("other"), path)


@pytest.mark.parametrize(
    ("fault", "said"),
    [(cut_short, "has become shorter since it was opened"), (copied_over, "has changed since it was opened")],
)
def test_a_changed_file_is_an_error_of_its_requests_only(path, static, fault, said):
    with Page(page_data(tovec.open(path)), port=0, static=static) as page:
        client = Client(page)
        assert client.ask("/api/vector?id=0")[0] == 200
        fault(path)
        for target in ("/api/vector?id=0", "/api/nearest?positive=1&k=5"):
            status, line, _ = client.ask(target)
            assert status == 400 and line.startswith(f"{path} {said}") and line.count("\n") == 1
        frames = client.ask("/api/project?method=pca&dims=2&seed=0")
        assert frames[0] == 200 and said in frames[1]
        assert client.ask("/data/tokens.txt")[0] == 200
