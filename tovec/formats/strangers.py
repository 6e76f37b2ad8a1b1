"""Files that are something else than their name says, known by their first bytes, each with the way out."""

import re

from tovec.formats.damage import UnsupportedError

ENOUGH = 64  # first bytes, from which all but tar are told
_AGAIN = "download the file again"
_OTHER = "name a file of vectors or a model"
_XML = rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*(<!--.*?-->\s*)*)?"  # what may stand before what it is
_UNPACK = "unpack it and open what is in it"
_STRANGERS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), what)
    for pattern, what in (
        (rb"version https://git-lfs", "a pointer of Git LFS, not the file itself; run git lfs pull"),
        (
            _XML + rb"(<!doctype\s+html|<html[\s>]|<head[\s>])",
            f"a web page, which servers send where a file is not there or not allowed; {_AGAIN}",
        ),
        (_XML + rb"<error[\s>]", f"the answer of a server that refuses; {_AGAIN}"),
        (_XML + rb"(<!doctype\s+svg|<svg[\s>])", f"a picture (SVG); {_OTHER}"),
        (rb"(\xef\xbb\xbf)?\s*(<\?xml\s|<!doctype\s)", f"XML; {_OTHER}"),
        (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP", f"a picture; {_OTHER}"),
        (rb"%PDF-", f"a PDF file; {_OTHER}"),
        (rb'\s*\{\s*"(error|message)"\s*:\s*["{]', f"the answer of a server that refuses; {_AGAIN}"),
        (rb"(\xff\xfe[^\0]|[^\0\x80-\xff])\0[^\0]\0", "text in UTF-16; save it as UTF-8"),
        (rb"\xfe\xff\0|\0[^\0\x80-\xff]\0[^\0]", "text in UTF-16; save it as UTF-8"),
        (rb"\xff\xfe\0\0|\0\0\xfe\xff", "text in UTF-32; save it as UTF-8"),
        (
            rb"\x80[\x02-\x05]",
            "a Python pickle, which can run any program, so it is not loaded; load it where it comes from "
            "and save the vectors as word2vec text, .npy or .safetensors",
        ),
        (rb"(lmgg|fmgg|tjgg|algg)", "a GGML file of before GGUF; convert it with llama.cpp"),
        (rb"\x89HDF\r\n", "an HDF5 file; save the vectors as .npy or .safetensors"),
        (rb"PK(\x03\x04|\x05\x06)", f"a zip archive; {_UNPACK}"),
        (rb"\x1f\x8b", f"packed by gzip; name it .gz if it is vectors as text, else {_UNPACK}"),
        (rb"\x28\xb5\x2f\xfd", f"packed by zstd; name it .zst if it is vectors as text, else {_UNPACK}"),
        (rb"BZh[1-9]1AY&SY", f"packed by bzip2; {_UNPACK}"),
        (rb"\xfd7zXZ\0", f"packed by xz; {_UNPACK}"),
        (rb"7z\xbc\xaf\x27\x1c", f"a 7z archive; {_UNPACK}"),
        (rb".{257}ustar", f"a tar archive; {_UNPACK}"),
        (rb"\0{64}", f"nothing but zeros at its beginning, as a download that was broken off; {_AGAIN}"),
    )
)


def check_no_stranger(head: bytes) -> None:
    """Refuse a file that begins with `head` where it is plainly none of vectors.

    Only for a file that no reader knows by its own first bytes: some of these are those of such files too.
    Raises UnsupportedError, which says what it is.
    """
    what = next((what for pattern, what in _STRANGERS if pattern.match(head)), None)
    if what is not None:
        raise UnsupportedError(f"it is {what}")


def is_stranger(head: bytes) -> bool:
    """Whether a file that begins with `head` is plainly none of vectors."""
    return any(pattern.match(head) for pattern, _ in _STRANGERS)
