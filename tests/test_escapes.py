"""Foreign text cannot move the cursor of a terminal or hide in it; letters of all scripts stay."""

import pytest

from tovec.escapes import one_line


@pytest.mark.parametrize(
    "text", ["plain", "한국어 ok", "नमस्ते", "می\u200cخواهم", "👩\u200d🚀", "a\u00a0b\u3000c"]
)
def test_visible_text_and_its_joiners_and_spaces_stay(text):
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\u202eabc", r"\u202eabc"),
        ("\udc80", r"\udc80"),
        ("a\u2028b", r"a\u2028b"),
    ],
)
def test_control_and_invisible_characters_become_escapes(text, shown):
    assert one_line(text) == shown
