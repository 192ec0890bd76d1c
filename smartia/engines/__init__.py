"""Engines: the analysis frame where it does not fit into the memory of one process, or of one machine."""
