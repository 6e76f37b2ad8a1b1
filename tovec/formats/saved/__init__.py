"""What tovec itself saves, and how it is read back: a folder, or one safetensors file with tokens.

model2vec and sentence-transformers read the folder too. Names inside files never change, and older files are
still read.
"""
