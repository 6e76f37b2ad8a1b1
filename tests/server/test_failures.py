import logging

from tovec.server.failures import log_failure


def test_a_logged_failure_is_safe_for_the_terminal(caplog):
    with caplog.at_level(logging.ERROR, "tovec"):
        try:
            raise ValueError("token \x1b[2J\u202e\r")
        except ValueError as error:
            log_failure("/api/\x1b]0;title\x07", error)
    text = caplog.messages[0]
    assert "Traceback" in text and r"token \x1b[2J\u202e" in text and r"/api/\x1b]0;title\x07 failed" in text
    assert all(c.isprintable() or c == "\n" for c in text)
