"""Tables of vectors: what every table can be asked, tables in files, and what is computed from their rows."""
