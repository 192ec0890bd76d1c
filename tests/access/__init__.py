"""Who sees what, over real HTTP and websockets: a server, an identity provider of our own, and a reader's browser."""
