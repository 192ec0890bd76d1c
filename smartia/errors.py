"""Everything that can go wrong, as one tree; each error says what happened and what to do.

    SmartiaError                     message (what happened) + remedy (what to do)
    ├── SettingsError                a setting is missing, malformed or unsafe
    ├── LinkError                    a link asks for what a filter cannot have
    ├── DownloadError                the API could not be read to the end
    │   ├── KeyRefusedError          401
    │   ├── NotAuthorisedError       403
    │   ├── RateLimitedError         429 (transient)
    │   ├── RequestRefusedError      any other 4xx
    │   ├── ServerFaultError         5xx (transient)
    │   ├── RedirectedError          3xx: the key is never sent on
    │   ├── UnreachableError         no connection, or it broke (transient)
    │   ├── TimedOutError            no answer in time (transient)
    │   ├── UnexpectedAnswerError    an answer that is not the API's (an HTML page, cut-off JSON)
    │   └── PaginationError          pages that would never end
    └── StoreError                   the copy of the sessions
        ├── CacheUnwritableError     the cache folder cannot be written
        ├── SnapshotUnreadableError  a snapshot is damaged, or of a version that this smartia cannot read
        ├── StoreKeyError            a snapshot is encrypted otherwise than the settings say
        ├── NoSnapshotError          nothing has been downloaded yet
        ├── CopyRemovedError         the snapshot was removed while a refresh waited
        ├── SavedViewsError          a reader's saved views cannot be read, or one cannot be saved
        └── RefreshBusyError         another process is refreshing the same account

No text here ever holds a key, a cursor, a URL's query or a value of a record; a `LinkError` alone names what a filter
can have, such as the subjects.
"""

from collections.abc import Sequence
from typing import ClassVar, Self


class SmartiaError(Exception):
    """Base of every error that smartia raises on purpose.

    Attributes:
        message: What happened, in one or two plain sentences.
        remedy: What the reader can do about it.
        transient: Whether trying the same again may well succeed.
    """

    transient: ClassVar[bool] = False

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class SettingsError(SmartiaError):
    """A setting is missing, malformed or unsafe."""


class LinkError(SmartiaError):
    """A link asks for what a filter cannot have.

    Attributes:
        key: The filter's name in the link; empty where there is no link.
        allowed: What it can have.
    """

    def __init__(self, message: str, remedy: str, key: str, allowed: Sequence[str]) -> None:
        super().__init__(message, remedy)
        self.key = key
        self.allowed = tuple(allowed)

    @classmethod
    def from_value(cls, key: str, allowed: Sequence[str]) -> Self:
        """Write the message for a value that a filter cannot have; it does not repeat the value."""
        return cls(
            f"The link asks in “{key}” for what this filter cannot have.",
            f"It can have: {', '.join(allowed) or 'nothing in these data'}.",
            key,
            allowed,
        )

    @classmethod
    def from_text(cls) -> Self:
        """Write the message for a text that is no link; it does not repeat the text."""
        return cls(
            "What was given as a link is none.",
            "Copy one in the app by “Copy link”, and give it in quotation marks.",
            "",
            (),
        )


class DownloadError(SmartiaError):
    """The API could not be read to the end. What was held before stays as it is."""


class KeyRefusedError(DownloadError):
    """401: the API does not know the key."""

    @classmethod
    def from_status(cls) -> Self:
        """Write the message for a 401."""
        return cls(
            "The API refused the key (401).",
            "Check SMARTIA_API_KEY for missing characters or spaces, or ask CENTURY for a new key.",
        )


class NotAuthorisedError(DownloadError):
    """403: the key is known but may not read Smart IA sessions."""

    @classmethod
    def from_status(cls) -> Self:
        """Write the message for a 403."""
        return cls(
            "The API knows the key but does not let it read Smart Initial Assessments (403).",
            "Ask CENTURY to enable Smart IA for this key, or check that a college firewall is not answering instead.",
        )


class RateLimitedError(DownloadError):
    """429: too many requests.

    Attributes:
        retry_after_s: How long the server asks to wait, in seconds; None where it does not say.
    """

    transient = True

    def __init__(self, message: str, remedy: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after_s = retry_after_s

    @classmethod
    def from_status(cls, retry_after_s: float | None) -> Self:
        """Write the message for a 429."""
        return cls(
            "The API answered that it gets too many requests (429).",
            "Wait some minutes and try again. If it happens often, another program may be using the same key.",
            retry_after_s,
        )


class RequestRefusedError(DownloadError):
    """Any other 4xx: the API did not accept what was asked.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, message: str, remedy: str, status: int) -> None:
        super().__init__(message, remedy)
        self.status = status

    @classmethod
    def from_status(cls, status: int) -> Self:
        """Write the message for a refused request."""
        if status == 404:
            return cls(
                "There is no Smart IA service at this address (404).",
                "Check SMARTIA_BASE_URL: it ends in /api/v1 for CENTURY's own service.",
                status,
            )
        if status == 407:
            return cls(
                "The college's proxy asks for a sign-in (407).",
                "Ask IT for the proxy address with its sign-in, and set it as HTTPS_PROXY.",
                status,
            )
        return cls(
            f"The API did not accept the request ({status}).",
            "The service may have changed. Update smartia; if that does not help, report the number.",
            status,
        )


class ServerFaultError(DownloadError):
    """5xx: the fault is at the API's end.

    Attributes:
        status: The HTTP status.
    """

    transient = True

    def __init__(self, message: str, remedy: str, status: int) -> None:
        super().__init__(message, remedy)
        self.status = status

    @classmethod
    def from_status(cls, status: int) -> Self:
        """Write the message for a fault at the server."""
        return cls(
            f"The API has a fault at its end ({status}).",
            "Nothing is wrong at your side. Try again later; if it lasts for hours, tell CENTURY.",
            status,
        )


class RedirectedError(DownloadError):
    """3xx: the API sent us elsewhere. The key is never sent on."""

    @classmethod
    def from_status(cls, status: int) -> Self:
        """Write the message for a redirect."""
        return cls(
            f"The address answered by pointing to another one ({status}). The key was not sent there.",
            "Check SMARTIA_BASE_URL (https, no typing error). On a college network, a sign-in page may be in the way.",
        )


class UnreachableError(DownloadError):
    """No connection could be made, or it broke off."""

    transient = True

    @classmethod
    def from_failure(cls, host: str) -> Self:
        """Write the message for a connection that failed."""
        return cls(
            f"No connection to {host}.",
            "Check the internet connection and SMARTIA_BASE_URL. On a college network, IT may have to allow this"
            " address or give you a proxy (HTTPS_PROXY).",
        )

    @classmethod
    def from_unknown_name(cls, host: str) -> Self:
        """Write the message for a host whose name leads nowhere."""
        return cls(
            f"No connection to {host}. No computer of this name was found (DNS).",
            "Check SMARTIA_BASE_URL for a typing error, and the internet connection. On a college network, IT may have"
            " to give you a proxy (HTTPS_PROXY).",
        )

    @classmethod
    def from_refusal(cls, host: str) -> Self:
        """Write the message for a host that takes no connection."""
        return cls(
            f"No connection to {host}. It refused the connection.",
            "Check SMARTIA_BASE_URL, and a port in it. On a college network, a firewall may refuse in its place: IT may"
            " have to allow this address or give you a proxy (HTTPS_PROXY).",
        )

    @classmethod
    def from_proxy(cls, host: str) -> Self:
        """Write the message for a connection that a proxy was to make."""
        return cls(
            f"No connection to {host} through the proxy that this computer is told to use.",
            "Check the proxy's address (HTTPS_PROXY), and ask IT whether it lets this address through.",
        )

    @classmethod
    def from_environment(cls) -> Self:
        """Write the message for a proxy or certificate file that cannot be used."""
        return cls(
            "No connection can be made: a proxy or certificate named in this computer's environment cannot be used.",
            "Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (proxies begin with http://) and SSL_CERT_FILE.",
        )

    @classmethod
    def from_certificate(cls, host: str) -> Self:
        """Write the message for a TLS certificate that was not accepted."""
        return cls(
            f"The secure connection to {host} could not be verified: its certificate is not trusted here.",
            "If the college inspects web traffic, ask IT for its root certificate file and name it in SSL_CERT_FILE.",
        )


class TimedOutError(DownloadError):
    """The API did not answer in time."""

    transient = True

    @classmethod
    def from_limit(cls, host: str, limit_s: float) -> Self:
        """Write the message for an answer that did not come in time."""
        return cls(
            f"{host} did not answer within {limit_s:.0f} seconds.",
            "The service or the line is slow. Try again in some minutes.",
        )


class UnexpectedAnswerError(DownloadError):
    """The answer is not what the API's reference describes."""

    @classmethod
    def from_html(cls) -> Self:
        """Write the message for a web page where data were expected."""
        return cls(
            "A web page came back instead of data.",
            "A sign-in page, a filter or a proxy of the network may be in the way, or SMARTIA_BASE_URL is a website's"
            " address rather than the API's.",
        )

    @classmethod
    def from_body(cls, problem: str) -> Self:
        """Write the message for a body that does not fit the reference; `problem` names no value of it."""
        return cls(
            f"The answer could not be read as a page of sessions: {problem}.",
            "Try again; if it stays, the API may have changed: update smartia or report this text.",
        )


class PaginationError(DownloadError):
    """The pages would never end."""

    @classmethod
    def from_loop(cls, problem: str) -> Self:
        """Write the message for pages that lead round in a circle."""
        return cls(
            f"The API's pages lead nowhere: {problem}.",
            "The download was stopped so that it does not run for ever. Try again; if it stays, tell CENTURY.",
        )


class StoreError(SmartiaError):
    """The copy of the sessions could not be read, written or removed."""


class CacheUnwritableError(StoreError):
    """The cache folder cannot be written."""

    @classmethod
    def from_os_error(cls, error: OSError) -> Self:
        """Write the message for a failed write; names the cause, not a path below the cache folder."""
        return cls(
            f"The downloaded sessions could not be saved ({error.strerror or type(error).__name__}).",
            "Check that the disk has room and that smartia may write to its cache folder (SMARTIA_CACHE_DIR).",
        )

    @classmethod
    def from_removal(cls, error: OSError) -> Self:
        """Write the message for a removal that left something; names the cause, not a path."""
        return cls(
            f"The copy could not be removed whole ({error.strerror or type(error).__name__}).",
            "Close what has its files open, check that smartia may write to its cache folder (SMARTIA_CACHE_DIR), and"
            " remove it again.",
        )


class SnapshotUnreadableError(StoreError):
    """A snapshot on disk is damaged, or of a version that this smartia cannot read."""

    @classmethod
    def from_damage(cls, problem: str) -> Self:
        """Write the message for a snapshot that cannot be opened."""
        return cls(
            f"The saved copy of the sessions cannot be opened: {problem}.",
            "Refresh to download everything again; the damaged copy is replaced.",
        )


_REPLACE = (
    'download everything again: by the button of the app, or by "python -m smartia refresh --full". That replaces the'
    " copy on the disk."
)


class StoreKeyError(StoreError):
    """A snapshot is encrypted otherwise than the settings say. Nothing of it is changed until somebody asks for it."""

    @classmethod
    def from_missing_key(cls) -> Self:
        """Write the message for an encrypted copy and settings without a key."""
        return cls(
            "The saved copy of the sessions is encrypted, and SMARTIA_STORE_KEY is not set.",
            f"Set the key with which it was written. Without it, {_REPLACE}",
        )

    @classmethod
    def from_other_key(cls) -> Self:
        """Write the message for a copy that was encrypted with another key."""
        return cls(
            "The saved copy of the sessions is encrypted with another key than SMARTIA_STORE_KEY.",
            f"Set the key with which it was written. If that is gone, {_REPLACE}",
        )

    @classmethod
    def from_plain(cls) -> Self:
        """Write the message for a copy that is not encrypted and settings with a key."""
        return cls(
            "SMARTIA_STORE_KEY is set, and the saved copy of the sessions is from before: it is not encrypted.",
            f"To have it encrypted, {_REPLACE}",
        )


class NoSnapshotError(StoreError):
    """Nothing has been downloaded yet."""

    @classmethod
    def from_absence(cls) -> Self:
        """Write the message for an account without a snapshot."""
        return cls("Nothing has been downloaded yet.", "Refresh to download the sessions.")


class CopyRemovedError(StoreError):
    """The snapshot was removed while a refresh waited for its turn."""

    @classmethod
    def from_wait(cls) -> Self:
        """Write the message for a refresh that found nothing to refresh any more."""
        return cls(
            "The copy of the sessions was removed while this refresh waited, so nothing was downloaded.",
            "Refresh once more if the sessions are to be downloaded again.",
        )


class SavedViewsError(StoreError):
    """A reader's saved views cannot be read, or one cannot be saved. Nothing else is touched by it."""

    @classmethod
    def from_damage(cls) -> Self:
        """Write the message for saved views that cannot be read."""
        return cls(
            "Your saved views cannot be read: they are damaged, or were written with another SMARTIA_STORE_KEY.",
            "Set the earlier key again, or remove them and begin anew. Nothing else is affected.",
        )

    @classmethod
    def from_number(cls, limit: int) -> Self:
        """Write the message for one view too many."""
        return cls(
            f"Not saved: you have {limit} saved views, which is the most that are kept.",
            "Delete one that you no longer need.",
        )

    @classmethod
    def from_name(cls, limit: int) -> Self:
        """Write the message for a name that is none, or too long."""
        return cls("Not saved: the name is empty or too long.", f"Give the view a name of up to {limit} characters.")

    @classmethod
    def from_size(cls) -> Self:
        """Write the message for more choices than are kept."""
        return cls("Not saved: more is chosen here than one view can hold.", "Choose fewer values in the filters.")


class RefreshBusyError(StoreError):
    """Another process is refreshing the same account."""

    @classmethod
    def from_lock(cls, waited_s: float) -> Self:
        """Write the message for a lock that was not released in time."""
        return cls(
            f"Another smartia has been downloading the same sessions for over {waited_s:.0f} seconds.",
            "Wait until it has finished, then try again.",
        )

    @classmethod
    def from_removal(cls) -> Self:
        """Write the message for a removal during a refresh."""
        return cls(
            "Nothing was removed: the sessions are being downloaded at this moment.",
            "Wait until the download has ended, or end the smartia that downloads, then remove the copy.",
        )
