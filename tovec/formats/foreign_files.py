"""Files that tovec does not read, known by their first bytes or their names, each with the way out."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from tovec.storage.file_errors import UnsupportedFile
from tovec.text.other_files import PDF, PICTURE

ENOUGH = 64  # first bytes, which are enough to tell all but tar
_AGAIN = "download the file again"
_OTHER = "name a file of vectors or a model"
_XML = rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*(<!--.*?-->\s*)*)?"  # what may come before the element
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
# By the names that the programs give their files; what the first bytes say is in _BY_BYTES.
_BY_NAME = (
    ("*.msgpack", _FLAX),
    (("tf_model.h5", "tf_model-*.h5", "*.ckpt.index", "*.ckpt.meta", "*.data-?????-of-?????"), _TENSORFLOW),
    (("saved_model.pb", "model.ckpt-*.index", "model.ckpt-*.meta"), _TENSORFLOW),
    (("*.weights.h5", "*.keras"), "a Keras model, which tovec does not read; save its weights as .npy"),
    (("openvino_*.xml", "openvino_*.bin"), _OPENVINO),
    (("*.mlmodel", "*.mlpackage"), f"a model for Core ML, which tovec does not read; {_SOURCE}"),
    ("*.tflite", _TFLITE),
    ("*.litertlm", f"a model for LiteRT, which tovec does not read; {_SOURCE}"),
    ("*.task", "a bundle for MediaPipe, a zip archive of TensorFlow Lite models; " + _SOURCE),
    ("*.nemo", "an archive of NeMo; unpack it with tar and open the .ckpt in it"),
    (("*.pdparams", "*.pdiparams", "*.pdmodel"), _PADDLE),
    (("*.engine", "*.plan"), f"a model for TensorRT, which tovec does not read; {_SOURCE}"),
    (("*.pte", "*.ptd"), f"a model for ExecuTorch, which tovec does not read; {_SOURCE}"),
    ("*.ot", f"a model for rust-bert, which tovec does not read; {_SOURCE}"),
    ("*.mnn", f"a model for MNN, which tovec does not read; {_SOURCE}"),
)
_BY_BYTES = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), what)
    for pattern, what in (
        (rb"version https://git-lfs", "a pointer of Git LFS, not the file itself; run git lfs pull"),
        (rb"(<\?xml[^>]*>)?\s*<net name=", _OPENVINO),
        (rb"[\1-\x10]\0\0\0.\0[A-Za-z]+Spec\0", _CTRANSLATE),  # a version, then the name of a class
        (rb".{4}TFL3", _TFLITE),
        (
            _XML + rb"(<!doctype\s+html|<html[\s>]|<head[\s>])",
            f"a web page, which servers send where a file is missing or not allowed; {_AGAIN}",
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
            "a Python pickle, which can run any program, so it is not loaded; load it with the program that "
            "wrote it and save the vectors as word2vec text, .npy or .safetensors",
        ),
        (rb"(lmgg|fmgg|tjgg|algg)", "a GGML file, which was replaced by GGUF; convert it with llama.cpp"),
        (rb"\x89HDF\r\n", "an HDF5 file; save the vectors as .npy or .safetensors"),
        (rb"PK(\x03\x04|\x05\x06)", f"a zip archive; {_UNPACK}"),
        (rb"\x1f\x8b", f"compressed by gzip; name it .gz if it is vectors as text, else {_UNPACK}"),
        (rb"\x28\xb5\x2f\xfd", f"compressed by zstd; name it .zst if it is vectors as text, else {_UNPACK}"),
        (rb"BZh[1-9]1AY&SY", f"compressed by bzip2; {_UNPACK}"),
        (rb"\xfd7zXZ\0", f"compressed by xz; {_UNPACK}"),
        (rb"7z\xbc\xaf\x27\x1c", f"a 7z archive; {_UNPACK}"),
        (rb".{257}ustar", f"a tar archive; {_UNPACK}"),
        (rb"\0{64}", f"nothing but zeros at its beginning, as an interrupted download; {_AGAIN}"),
    )
)


def check_not_foreign(head: bytes) -> None:
    """Raise UnsupportedFile, which says what it is, for a file that begins with `head` and is foreign.

    Only for a file that no reader recognizes by its first bytes: some of the patterns fit these too.
    """
    what = foreign_by_bytes(head)
    if what is not None:
        raise UnsupportedFile(f"it is {what}")


def foreign_by_bytes(head: bytes) -> str | None:
    """Return what a file that begins with `head` is, where it is foreign; else None."""
    return next((what for pattern, what in _BY_BYTES if pattern.match(head)), None)


def is_foreign(head: bytes) -> bool:
    """Whether a file that begins with `head` is foreign."""
    return foreign_by_bytes(head) is not None


def foreign_by_name(name: str) -> str | None:
    """Return what a file or folder of this name is, where only one other program uses it; else None."""
    for patterns, what in _BY_NAME:
        listed: Iterable[str] = (patterns,) if isinstance(patterns, str) else patterns
        if any(fnmatchcase(name, pattern) for pattern in listed):
            return what
    return None
