from hypothesis import given
from hypothesis import strategies as st

from tovec.errors import CannotDownload
from tovec.hub.http import Answer

NAMES = st.sampled_from(["Content-Range", "Content-Length", "Content-Encoding", "ETag", "Retry-After"])
RANGES = st.from_regex(r"bytes [0-9*]{1,3}-[0-9]{0,3}/[0-9*]{1,3}", fullmatch=True)
TEXTS = st.text(max_size=8) | RANGES | st.sampled_from(["bytes 5-9/20", "20", "identity", "bytes 5-7/*"])


@given(st.sampled_from([200, 206]), st.dictionaries(NAMES, TEXTS))
def test_first_byte_is_never_after_the_requested_one(status, headers):
    answer = Answer.of(status, headers)
    assert answer.wait_s >= 0
    try:
        first = answer.first_byte(5, 10, 20)
    except CannotDownload as error:
        assert "\n" not in str(error)
    else:
        assert first == (0 if status == 200 else 5)


def test_an_answer_of_fewer_bytes_is_of_the_place_that_was_asked_for():
    assert Answer.of(206, {"CONTENT-RANGE": "bytes 5-7/20"}).first_byte(5, 10, 20) == 5
    assert Answer.of(206, {"content-range": "bytes 5-9/*"}).first_byte(5, 10, 20) == 5
    assert Answer.of(200, {}).first_byte(5, 10, 20) == 0
