"""Ranges of a file on the Hub: fetched once, resumed, and what a server may answer.

Covers partial_file.py too.
"""

import multiprocessing
import socket
import threading
from dataclasses import replace

import pytest
from hub_server import FakeHub, breaks_off_after, etag_of, says, serving

from tovec.errors import CannotDownload
from tovec.hub.ranges import RemoteFile
from tovec.progress import silent

DATA = bytes(range(256)) * 4096  # 1 MiB in which each place tells where it is, within 256
BEGIN, END = 1000, 700_001
WANTED = DATA[BEGIN:END]


@pytest.fixture
def remote(fake_hub, tmp_path, reported):
    fake_hub.files["model.safetensors"] = DATA
    return RemoteFile(
        repository="org/name",
        path="model.safetensors",
        size=len(DATA),
        url=f"{fake_hub.url}/org/name/resolve/{fake_hub.commit}/model.safetensors",
        headers=lambda: {"authorization": "Bearer hf_secret"},
        folder=tmp_path / "ranges",
        reporter=reported,
    )


def parts(remote):
    return sorted(remote.folder.glob("*.part"))


def test_only_the_range_is_requested_and_once(fake_hub, remote, reported):
    assert remote.read(BEGIN, END, "table") == WANTED
    assert remote.read(BEGIN, END, "table") == WANTED
    assert fake_hub.asked() == [f"bytes={BEGIN}-{END - 1}"]
    assert remote.range_path(BEGIN, END).read_bytes() == WANTED
    assert parts(remote) == []
    assert reported.downloads == ["table: 699 kB of 1.05 MB in model.safetensors"]
    assert (reported.n_bytes, reported.n_ended) == (len(WANTED), 1)


def test_token_is_not_sent_to_redirect_targets(fake_hub, remote):
    with serving(FakeHub(files=fake_hub.files)) as elsewhere:
        fake_hub.elsewhere = elsewhere.url
        assert remote.read(BEGIN, END, "table") == WANTED
    assert fake_hub.requests[0].headers["authorization"] == "Bearer hf_secret"
    assert "authorization" not in elsewhere.requests[0].headers
    assert elsewhere.asked() == [f"bytes={BEGIN}-{END - 1}"]


def test_broken_download_is_resumed(fake_hub, remote, reported):
    fake_hub.answers += [breaks_off_after(10_000), breaks_off_after(0), breaks_off_after(5), None]
    assert remote.read(BEGIN, END, "table") == WANTED
    last = END - 1
    assert fake_hub.asked() == [
        f"bytes={BEGIN}-{last}",
        f"bytes={BEGIN + 10_000}-{last}",
        f"bytes={BEGIN + 10_000}-{last}",
        f"bytes={BEGIN + 10_005}-{last}",
    ]
    assert reported.n_bytes == len(WANTED)


def test_received_bytes_are_kept_after_giving_up(fake_hub, remote, reported):
    fake_hub.answers += [breaks_off_after(10_000), *[breaks_off_after(0)] * 3]
    with pytest.raises(CannotDownload, match=r"table in model\.safetensors of hf:org/name: the connection"):
        remote.fetch(BEGIN, END, "table")
    assert [part.stat().st_size for part in parts(remote)] == [10_000]
    assert reported.n_ended == 1
    assert remote.read(BEGIN, END, "table") == WANTED
    assert fake_hub.asked()[-1] == f"bytes={BEGIN + 10_000}-{END - 1}"
    assert reported.n_bytes == len(WANTED)


def test_bytes_of_two_versions_are_never_mixed(fake_hub, remote, reported):
    fake_hub.answers += [breaks_off_after(10_000, etag='"another version"')]
    assert remote.read(BEGIN, END, "table") == WANTED
    assert fake_hub.asked()[1:] == [f"bytes={BEGIN + 10_000}-{END - 1}", f"bytes={BEGIN}-{END - 1}"]
    assert reported.n_bytes == len(WANTED)


def test_changing_contents_end_in_an_error(fake_hub, remote):
    fake_hub.answers += [breaks_off_after(100, etag=f'"{n}"') for n in range(50)]
    with pytest.raises(CannotDownload, match=r"different contents each time"):
        remote.fetch(BEGIN, END, "table")
    assert len(fake_hub.asked()) < 10


def test_an_answer_shorter_than_asked_is_continued(fake_hub, remote):
    def short(handler, data):
        reported = {"Content-Range": f"bytes {BEGIN}-{BEGIN + 99}/{len(data)}"}
        handler.send(206, data[BEGIN : BEGIN + 100], handler.usual(data) | reported)

    fake_hub.answers.append(short)
    assert remote.read(BEGIN, END, "table") == WANTED
    assert fake_hub.asked()[1] == f"bytes={BEGIN + 100}-{END - 1}"


def test_an_answer_longer_than_asked_is_cut(fake_hub, remote):
    def long(handler, data):
        reported = {"Content-Range": f"bytes {BEGIN}-{END - 1}/{len(data)}"}
        handler.send(206, data[BEGIN:], handler.usual(data) | reported)

    fake_hub.answers.append(long)
    assert remote.read(BEGIN, END, "table") == WANTED


@pytest.mark.parametrize(
    ("content_range", "reason"),
    [
        (f"bytes 0-{END - BEGIN - 1}/{len(DATA)}", "asked for bytes 1000-700000 and answers with 'bytes 0-"),
        (f"bytes {BEGIN}-{END}/{len(DATA)}", "asked for bytes"),
        (
            f"bytes {BEGIN}-{END - 1}/{len(DATA) + 1}",
            "has '?1048577'? bytes, and the list of files says 1048576",
        ),
        ("bytes */5", "asked for bytes"),
        ("", "answers with 'nothing'"),
        (f"bytes {BEGIN}-{'9' * 5000}/7", "asked for bytes"),
    ],
)
def test_bytes_that_were_not_asked_for_are_refused(fake_hub, remote, content_range, reason):
    fake_hub.answers.append(says(206, WANTED, content_range=content_range))
    with pytest.raises(CannotDownload, match=reason):
        remote.fetch(BEGIN, END, "table")
    assert parts(remote) == []


def test_compressed_bytes_are_refused(fake_hub, remote):
    fake_hub.answers.append(says(200, b"\x1f\x8b", content_encoding="gzip"))
    with pytest.raises(CannotDownload, match=r"sends it encoded as 'gzip'"):
        remote.fetch(BEGIN, END, "table")


def test_a_server_without_ranges_is_read_up_to_what_is_wanted(fake_hub, remote):
    fake_hub.ignores_ranges = True
    assert remote.read(BEGIN, END, "table") == WANTED


def test_server_without_ranges_is_not_read_far(fake_hub, remote, monkeypatch):
    monkeypatch.setattr("tovec.hub.ranges.NEAR", 999)
    fake_hub.ignores_ranges = True
    message = "sends whole files only, 1.05 MB for 699 kB; `hf download org/name model.safetensors`"
    with pytest.raises(CannotDownload, match=message):
        remote.fetch(BEGIN, END, "table")
    assert parts(remote) == []


def test_a_whole_file_of_another_size_is_refused(fake_hub, remote):
    fake_hub.answers.append(says(200, DATA + b"!"))
    with pytest.raises(CannotDownload, match=r"has '?1048577'? bytes, and the list of files says 1048576"):
        remote.fetch(BEGIN, END, "table")


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (
            403,
            "GatedRepo",
            "gated: accept its terms at https://huggingface.co/org/name and log in with `hf auth",
        ),
        (401, "GatedRepo", "gated: accept its terms"),
        (401, "", "no such model on the Hub, or it is private; if it is yours, log in"),
        (404, "RepoNotFound", "no such model on the Hub"),
        (404, "EntryNotFound", "it has no such file"),
        (404, "RevisionNotFound", "it has no such revision"),
        (403, "", "access is forbidden"),
        (416, "", "shorter than the list of files says"),
        (418, "", "answers with status 418"),
    ],
)
def test_a_refusal_says_what_to_do_and_is_not_repeated(fake_hub, remote, status, code, reason):
    fake_hub.status, fake_hub.error_code = status, code
    with pytest.raises(CannotDownload, match=reason) as caught:
        remote.fetch(BEGIN, END, "table")
    assert "\n" not in str(caught.value)
    assert len(fake_hub.asked()) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(fake_hub, remote, status):
    fake_hub.answers += [says(status), says(status)]
    assert remote.read(BEGIN, END, "table") == WANTED
    fake_hub.answers += [says(status)] * 3
    with pytest.raises(
        CannotDownload, match=r"(status \d|too many requests).*; tried 3 times, try again later"
    ):
        remote.fetch(0, 5, "table")


def test_retry_after_is_respected_and_a_long_wait_is_an_error(fake_hub, remote, monkeypatch):
    waits = []
    monkeypatch.setattr("tovec.hub.ranges.time.sleep", waits.append)
    fake_hub.answers.append(says(429, retry_after="7"))
    assert remote.read(BEGIN, END, "table") == WANTED
    assert waits == [7]
    fake_hub.answers.append(says(429, retry_after="3600"))
    with pytest.raises(CannotDownload, match=r"it asks to wait 3600 seconds"):
        remote.fetch(0, 5, "table")


def test_no_server_is_one_line(remote, tmp_path):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    gone = RemoteFile(
        "org/name", "a", 10, f"http://127.0.0.1:{port}/a", dict, tmp_path / "ranges", remote.reporter
    )
    with pytest.raises(
        CannotDownload, match=r"cannot download a of hf:org/name: the connection fails"
    ) as caught:
        gone.fetch(0, 10, "a")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "location", ["http://[", "ftp://127.0.0.1/a", "/org/name/resolve/a/model.safetensors"]
)
def test_a_redirect_to_nowhere_is_one_line(fake_hub, remote, location):
    fake_hub.answers += [says(302, location=location)] * 100
    with pytest.raises(CannotDownload, match="the connection fails") as caught:
        remote.fetch(BEGIN, END, "table")
    assert "\n" not in str(caught.value)


def test_offline_mode_is_respected(fake_hub, remote, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CannotDownload, match=r"HF_HUB_OFFLINE is set"):
        remote.fetch(BEGIN, END, "table")
    assert fake_hub.requests == []


def test_full_disk_is_an_error_before_any_request(fake_hub, remote, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 5})())
    with pytest.raises(
        CannotDownload, match=r"needs 699 kB and 5 bytes are free in .*; make room, or set HF_HOME"
    ):
        remote.fetch(BEGIN, END, "table")
    assert fake_hub.requests == []


def test_a_folder_that_cannot_be_written_to_is_one_line(remote, tmp_path):
    remote.folder.write_bytes(b"a file where a folder should be")
    with pytest.raises(CannotDownload, match=r"cannot be kept in .*ranges .*; set HF_HOME to another folder"):
        remote.fetch(BEGIN, END, "table")


def test_a_damaged_file_in_the_cache_is_fetched_again(fake_hub, remote):
    remote.fetch(BEGIN, END, "table")
    remote.range_path(BEGIN, END).write_bytes(WANTED[:-1])
    assert remote.read(BEGIN, END, "table") == WANTED


def test_part_longer_than_its_range_is_deleted(fake_hub, remote):
    remote.folder.mkdir()
    (remote.folder / f"{BEGIN}-{END}.0123.part").write_bytes(DATA)
    assert remote.read(BEGIN, END, "table") == WANTED
    assert parts(remote) == []


def test_threads_that_want_the_same_download_it_once(fake_hub, remote):
    threads = [threading.Thread(target=remote.fetch, args=(BEGIN, END, "table")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert remote.range_path(BEGIN, END).read_bytes() == WANTED
    assert len(fake_hub.asked()) == 1


def _fetch_in_child(url, folder):
    from huggingface_hub import constants

    constants.HF_HUB_OFFLINE = False
    RemoteFile("org/name", "model.safetensors", len(DATA), url, dict, folder, silent).fetch(
        BEGIN, END, "table"
    )


def test_processes_that_want_the_same_download_it_once(fake_hub, remote):
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=_fetch_in_child, args=(remote.url, remote.folder)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    assert remote.range_path(BEGIN, END).read_bytes() == WANTED
    assert len(fake_hub.asked()) == 1


def test_a_reporter_can_stop_a_download_before_it_begins(fake_hub, remote, reported):
    def refuse(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(remote, reporter=refuse).fetch(BEGIN, END, "table")
    assert fake_hub.requests == []


def test_downloaded_bytes_have_the_files_digest(fake_hub, remote):
    fake_hub.answers.append(breaks_off_after(3, etag=f'"{etag_of(DATA)}"'))
    assert remote.read(BEGIN, END, "table") == WANTED
    assert fake_hub.asked()[1] == f"bytes={BEGIN + 3}-{END - 1}"
