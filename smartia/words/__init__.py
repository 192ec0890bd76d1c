"""Words: what figures, findings and columns are called and say, on a page and in a document alike. Plain text."""
