"""Files of vectors, one format each: bytes to an embedding."""
