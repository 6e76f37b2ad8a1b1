"""Text of others, such as names of files and tokens, as a terminal may get it."""

_JOINERS = "\u200c\u200d\u00a0\u3000"  # of Persian, of emoji; blanks: they are part of how text looks


def one_line(message: str) -> str:
    r"""Return the message with escapes for what moves the cursor or hides: `\n` for a line feed in a name."""
    if message.isprintable():  # the usual case, at once
        return message
    return "".join(c if c.isprintable() or c in _JOINERS else repr(c)[1:-1] for c in message)
