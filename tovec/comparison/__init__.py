"""Two tables compared: tokens that are the same, what moved between them, and which neighbors stayed."""
