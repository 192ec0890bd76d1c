"""Encryption at rest: every file of an account is sealed as a whole with AES-256-GCM under a key from the settings.

    MAGIC · fingerprint of the key (8 bytes) · nonce (12 bytes) · ciphertext and tag

The tag covers the account and the name of the file too, so that no file can be changed, nor stand in for another. Not
Parquet's own encryption: it would leave the records set aside and the lists of parts in the clear, and files of a few
megabytes are decrypted within milliseconds.
"""

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from smartia.errors import StoreKeyError
from smartia.store.files import Files, Lock, read_bytes

MAGIC = b"smartia sealed 1\n"
"""How a sealed file begins."""
KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.2: random nonces of 96 bits serve 2**32 files under one key
_FINGERPRINT_BYTES = 8


class SealedFiles:
    """The files of another place, sealed. What they are called and how long they are is not hidden.

    Args:
        files: Where the sealed files lie.
        account: The account's fingerprint.
        key: 32 bytes. Shows nowhere.
    """

    def __init__(self, files: Files, account: str, key: bytes) -> None:
        self._files = files
        self._account = account
        self._head = MAGIC + _derived(key, b"smartia: fingerprint of the store key", _FINGERPRINT_BYTES)
        self._cipher = AESGCM(_derived(key, b"smartia: sealing of the store's files", KEY_BYTES))

    @property
    def place(self) -> str:
        """See `smartia.store.files.Files`."""
        return self._files.place

    @property
    def outlast_process(self) -> bool:
        """See `smartia.store.files.Files`."""
        return self._files.outlast_process

    def names(self, folder: str = "") -> list[str]:
        """See `smartia.store.files.Files`."""
        return self._files.names(folder)

    def size(self, name: str) -> int:
        """See `smartia.store.files.Files`."""
        return self._files.size(name)

    def open(self, name: str) -> pa.NativeFile:
        """See `smartia.store.files.Files`. A file that was changed in any bit cannot be read."""
        content = read_bytes(self._files, name)
        if content.startswith(b"{"):  # as lists of contents begin that were written without a key
            raise StoreKeyError.from_plain()
        if content.startswith(MAGIC) and not content.startswith(self._head):
            raise StoreKeyError.from_other_key()
        body = content[len(self._head) :]
        try:
            plain = self._cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], self._bound(name))
        except (InvalidTag, ValueError) as error:  # ValueError: too short to have a nonce
            raise OSError("it is not what was written") from error
        return pa.BufferReader(plain)

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """See `smartia.store.files.Files`. Until it is sealed, the content stays in memory."""
        plain = io.BytesIO()
        yield plain
        nonce = secrets.token_bytes(_NONCE_BYTES)
        with self._files.create(name) as file:
            file.write(self._head + nonce)
            file.write(self._cipher.encrypt(nonce, plain.getbuffer(), self._bound(name)))

    def remove(self, name: str) -> None:
        """See `smartia.store.files.Files`."""
        self._files.remove(name)

    def lock(self) -> Lock:
        """See `smartia.store.files.Files`."""
        return self._files.lock()

    def _bound(self, name: str) -> bytes:
        return self._head + f"{self._account}/{name}".encode()


def _derived(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(key)
