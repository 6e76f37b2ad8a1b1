"""Tables of vectors, (n_rows, dim): in memory, in files, or computed; and what is computed from their rows.

`table` is the protocol, `lazy` the tables whose rows are made on demand: of tensors in files (`stored`, with
the number types of files and their decoding), of other tables (`derived`, `joined`, `scaled`) and of n-grams.
`cosine`, `principal_axes`, `common_components`, `orthogonal`, `pooling` and `row_check` compute.
`embedding_parts` is all that an embedding consists of, `keys` and `lookup` find rows by token or id. How a
file is laid out is the matter of formats/.
"""
