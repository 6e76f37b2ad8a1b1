"""The files of a language model become a `Model`: its token tables, named rows, tokenizer, and a report.

A path is detected (detect.py), its files are read (load.py), tables are chosen (tables.py), dequantized
(quantization/), their rows named (row_names.py), tying decided (tying.py); opening.py joins these. Where
tensors are in a file is known to formats/tensors, not here. No row is read.
"""
