"""Fetch and validate: the API's reference as types, and a client that walks its pages to the end."""
