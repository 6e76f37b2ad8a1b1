"""Files that tovec does not read, known by their first bytes or by their names, each with the way out."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from tovec.storage.file_errors import UnsupportedFile
from tovec.text.other_files import PDF, PICTURE

ENOUGH = 64  # first bytes, from which all but tar are told
_AGAIN = "download the file again"
_OTHER = "name a file of vectors or a model"
_XML = rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*(<!--.*?-->\s*)*)?"  # what may stand before what it is
_UNPACK = "unpack it and open what is in it"
_SOURCE = "open the model that it was made from"
_FLAX = (
    "a Flax checkpoint (msgpack), which tovec does not read; convert it to safetensors with transformers "
    "before 5: from_pretrained(FOLDER, from_flax=True), then save_pretrained"
)
_TENSORFLOW = (
    "a TensorFlow checkpoint, which tovec does not read; convert it to safetensors with transformers before "
    "5: from_pretrained(FOLDER, from_tf=True), then save_pretrained"
)
_OPENVINO = f"a model for OpenVINO, which tovec does not read; {_SOURCE}"
_CTRANSLATE = f"a model for CTranslate2, which tovec does not read; {_SOURCE}"
_TFLITE = f"a model for TensorFlow Lite, which tovec does not read; {_SOURCE}"
_PADDLE = (
    "a Paddle checkpoint, which tovec does not read; save it as safetensors with PaddleNLP: "
    "save_pretrained(FOLDER, safe_serialization=True)"
)
# By the names that the programs give; what the bytes tell is in _STRANGERS.
_NAMED = (
    ("*.msgpack", _FLAX),
    (("tf_model.h5", "tf_model-*.h5", "*.ckpt.index", "*.ckpt.meta", "*.data-?????-of-?????"), _TENSORFLOW),
    (("saved_model.pb", "model.ckpt-*.index", "model.ckpt-*.meta"), _TENSORFLOW),
    (("*.weights.h5", "*.keras"), "a Keras model, which tovec does not read; save its weights as .npy"),
    (("openvino_*.xml", "openvino_*.bin"), _OPENVINO),
    (("*.mlmodel", "*.mlpackage"), f"a model for Core ML, which tovec does not read; {_SOURCE}"),
    ("*.tflite", _TFLITE),
    ("*.litertlm", f"a model for LiteRT, which tovec does not read; {_SOURCE}"),
    ("*.task", "a bundle for MediaPipe, a zip archive of TensorFlow Lite models; " + _SOURCE),
    ("*.nemo", "an archive of NeMo's; unpack it with tar and open the .ckpt in it"),
    (("*.pdparams", "*.pdiparams", "*.pdmodel"), _PADDLE),
    (("*.engine", "*.plan"), f"a model for TensorRT, which tovec does not read; {_SOURCE}"),
    (("*.pte", "*.ptd"), f"a model for ExecuTorch, which tovec does not read; {_SOURCE}"),
    ("*.ot", f"a model for rust-bert, which tovec does not read; {_SOURCE}"),
    ("*.mnn", f"a model for MNN, which tovec does not read; {_SOURCE}"),
)
_STRANGERS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), what)
    for pattern, what in (
        (rb"version https://git-lfs", "a pointer of Git LFS, not the file itself; run git lfs pull"),
        (rb"(<\?xml[^>]*>)?\s*<net name=", _OPENVINO),
        (rb"[\1-\x10]\0\0\0.\0[A-Za-z]+Spec\0", _CTRANSLATE),  # a version, then the name of a class
        (rb".{4}TFL3", _TFLITE),
        (
            _XML + rb"(<!doctype\s+html|<html[\s>]|<head[\s>])",
            f"a web page, which servers send where a file is not there or not allowed; {_AGAIN}",
        ),
        (_XML + rb"<error[\s>]", f"the answer of a server that refuses; {_AGAIN}"),
        (_XML + rb"(<!doctype\s+svg|<svg[\s>])", f"a picture (SVG); {_OTHER}"),
        (rb"(\xef\xbb\xbf)?\s*(<\?xml\s|<!doctype\s)", f"XML; {_OTHER}"),
        (PICTURE, f"a picture; {_OTHER}"),
        (PDF, f"a PDF file; {_OTHER}"),
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
    Raises UnsupportedFile, which says what it is.
    """
    what = stranger_of(head)
    if what is not None:
        raise UnsupportedFile(f"it is {what}")


def stranger_of(head: bytes) -> str | None:
    """Return what a file that begins with `head` is, where it is plainly none of vectors; else None."""
    return next((what for pattern, what in _STRANGERS if pattern.match(head)), None)


def is_stranger(head: bytes) -> bool:
    """Whether a file that begins with `head` is plainly none of vectors."""
    return stranger_of(head) is not None


def named_stranger(name: str) -> str | None:
    """Return what a file or folder of this name is, as other programs name theirs; None for all others."""
    for patterns, what in _NAMED:
        listed: Iterable[str] = (patterns,) if isinstance(patterns, str) else patterns
        if any(fnmatchcase(name, pattern) for pattern in listed):
            return what
    return None
