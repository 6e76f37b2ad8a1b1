"""The page in the cell of a notebook, without a server: its questions travel as messages of a widget."""
