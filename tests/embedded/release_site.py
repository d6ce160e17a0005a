"""A release site on this machine."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from weaviate_orm.embedded.release import archive_name

VERSION = "9.9.9"
PROGRAM = b"#!/bin/sh\necho ' --scheme=  the listeners to enable'\n"
"""What looks like the server to the one who installs it."""


class ReleaseSite:
    """Serves archives and their checksums as the real site does.

    ``requests`` holds the paths that were asked for. ``go_on`` cleared lets an archive wait after its first half;
    ``cut`` ends it there. ``latest`` is where the newest release is.
    """

    def __init__(self, folder: Path) -> None:
        self.requests: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.cut = False
        self.latest: str | None = f"/releases/tag/v{VERSION}"
        self.folder = folder / f"v{VERSION}"
        self.folder.mkdir()
        self.archive = self.folder / archive_name(VERSION)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site=self, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def publish(self, program: bytes = PROGRAM, name: str = "weaviate", checksum: str | None = None) -> None:
        if self.archive.suffix == ".zip":
            with zipfile.ZipFile(self.archive, "w") as bundle:
                bundle.writestr(f"dist/{name}", program)
        else:
            with tarfile.open(self.archive, "w:gz") as bundle:
                for member, content in (("LICENSE", b"free"), (name, program)):
                    entry = tarfile.TarInfo(member)
                    entry.size = len(content)
                    bundle.addfile(entry, io.BytesIO(content))
        checksum = checksum or hashlib.sha256(self.archive.read_bytes()).hexdigest()
        self.archive.with_name(f"{self.archive.name}.sha256").write_text(f"{checksum}\n")

    def close(self) -> None:
        self.go_on.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: object, site: ReleaseSite, directory: str) -> None:
        self._site = site
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._site.requests.append(self.path)
        if self.path == "/latest" and self._site.latest is not None:
            self.send_response(302)
            self.send_header("Location", self._site.latest)
            self.end_headers()
            return None
        if not self.path.endswith(self._site.archive.name) or not self._site.archive.exists():
            return super().do_GET()
        content = self._site.archive.read_bytes()
        half = len(content) // 2
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:half])
        self._site.go_on.wait(240)
        if not self._site.cut:
            self.wfile.write(content[half:])
        return None

    def log_message(self, format: str, *args: object) -> None:
        pass
