"""nginx as deploy/nginx.conf sets it up, for this computer alone: other ports and folders, a certificate made here."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.certificates import make_certificate
from tests.running_app import ROOT, wait_for

NAME = "localhost"
"""By which the tests open the app; it stands for the college's own name."""
PROCESS = "X-Process"
"""The header that says, in tests alone, which process of the app answered."""
_CONFIG = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
_AROUND = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/main.log;
events {{}}
http {{
    {temporary}
    {site}
}}
"""
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def find_nginx() -> str | None:
    """The path of an installed nginx; Debian has it where only root looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass(frozen=True)
class Nginx:
    """A place for nginx, decided on before what it serves is started.

    Attributes:
        folder: Where its settings, its certificate and its logs lie.
        port: Where it listens for https.
        plain_port: Where it listens for http.
    """

    folder: Path
    port: int
    plain_port: int

    @property
    def base_url(self) -> str:
        """The address by which readers open the app."""
        return f"https://{NAME}:{self.port}"

    @property
    def certificate(self) -> Path:
        """The certificate that signs itself."""
        return self.folder / "fullchain.pem"

    @contextmanager
    def running(self, *app_urls: str) -> Iterator[None]:
        """Run nginx in front of processes of the app until the end of the block."""
        config = self.folder / "nginx.conf"
        config.write_text(self._config(app_urls), encoding="utf-8")
        nginx = find_nginx()
        assert nginx is not None
        server = subprocess.Popen([nginx, "-p", self.folder, "-c", config], stderr=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: server.poll() is not None or _listens(self.port), 10, "nginx to listen")
            assert server.poll() is None, server.communicate()[1]
            yield
        finally:
            server.terminate()
            server.communicate(timeout=10)

    def read_log(self, name: str) -> str:
        """What nginx has logged, after the moment that it takes."""
        time.sleep(0.1)
        return (self.folder / name).read_text(encoding="utf-8")

    def _config(self, app_urls: Sequence[str]) -> str:
        changes = {
            "smartia.college.example$request_uri": f"{NAME}:{self.port}$request_uri",
            "smartia.college.example": NAME,
            "listen 443 ": f"listen 127.0.0.1:{self.port} ",
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "/etc/ssl/smartia": str(self.folder),
            "/var/log/nginx": str(self.folder),
            "server 127.0.0.1:8501;": "\n    ".join(f"server {url.removeprefix('http://')};" for url in app_urls),
        }
        site = _CONFIG
        for place, other in changes.items():
            assert place in site, f"deploy/nginx.conf has no {place} any more"
            site = site.replace(place, other)
        # A second log, which says among much else whether a body was put into a file; and which process answered.
        site = site.replace("error_log ", f"error_log {self.folder}/all.log info;\n    error_log ", 1)
        site = site.replace("userid ", f"add_header {PROCESS} $upstream_addr always;\n    userid ", 1)
        temporary = "\n    ".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in _TEMPORARY)
        return _AROUND.format(folder=self.folder, temporary=temporary, site=site)


def prepare_nginx(folder: Path) -> Nginx:
    """Make a certificate and choose ports."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        nginx = Nginx(folder, one.getsockname()[1], two.getsockname()[1])
    make_certificate(folder, NAME)
    return nginx


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
