"""Foreign text, such as names of files and tokens, made safe for a terminal."""

_JOINERS = "\u200c\u200d\u00a0\u3000"  # joiners of Persian and emoji, and spaces: part of how text looks


def one_line(message: str) -> str:
    r"""Return the message with escapes for control and invisible characters: `\n` for a line feed."""
    if message.isprintable():  # the usual case
        return message
    return "".join(c if c.isprintable() or c in _JOINERS else repr(c)[1:-1] for c in message)
