"""What `tovec demo` trains on and shows: the documentation inside the running Python."""
