"""An OpenID Connect provider on 127.0.0.1, so that the sign-in of the tests is the real one.

Discovery, authorize (which asks nobody: the test says who signs in next), token with PKCE and the client's secret, and
the keys that its tokens are signed with.
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT_ID = "smartia-of-the-tests"
CLIENT_PROOF = "secret-of-the-tests-b51d"
_ALG = "RS256"


@dataclass
class Provider:
    """A running provider.

    Attributes:
        issuer: Where it listens, and what its tokens call it.
        person: The claims about whoever signs in next.
    """

    issuer: str
    person: dict[str, Any] = field(default_factory=dict)
    _key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": _ALG}))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        """The provider as an ASGI app."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._jwks),
            ]
        )

    async def _discovery(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [_ALG],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _authorize(self, request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=302)

    async def _token(self, request: Request) -> JSONResponse:
        sent = await request.form()
        asked = self._codes.pop(str(sent["code"]))
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_PROOF}".encode()).decode()
        assert request.headers["authorization"] == f"Basic {basic}"
        proof = hashlib.sha256(str(sent["code_verifier"]).encode()).digest()
        assert base64.urlsafe_b64encode(proof).decode().rstrip("=") == asked["code_challenge"]
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "1", "nonce": asked["nonce"], "iat": now}
        claims |= {"exp": now + 3600} | self.person
        token = jwt.encode({"alg": _ALG, "kid": "1"}, claims, self._key)
        return JSONResponse(
            {"access_token": "unused", "token_type": "Bearer", "expires_in": 3600, "id_token": token},
            headers={"cache-control": "no-store"},
        )

    async def _jwks(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run a provider in a thread until the end of the block."""
    config = uvicorn.Config(lambda: None, factory=True, host="127.0.0.1", port=0, log_level="error")
    listener = config.bind_socket()
    provider = Provider(f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(provider.app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
