"""Pickles followed without running them: what they would build, in inert values of our own."""
