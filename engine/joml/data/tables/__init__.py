"""Tables of mixed columns: their cells, the kinds of their columns, and their encoding as numbers."""
