"""Tests of the lists that readers bring: real files, and matching against plain loops."""
