"""Tests of the charts, through the data inside them."""
