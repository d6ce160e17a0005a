"""Other clients to compare with, in virtual environments that are made in the user's cache at the first run."""

from __future__ import annotations

import subprocess
import sys
import venv

PEERS = {"v3": "weaviate-client==3.26.7", "v4": "weaviate-client>=4,<5", "pypi": "weaviate-orm==0.9"}


def environment(peer: str) -> str:
    """Return the Python of a peer's environment, which is made if needed."""
    from platformdirs import user_cache_path

    folder = user_cache_path("weaviate-orm-benchmarks") / peer
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"making an environment for {PEERS[peer]}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEERS[peer]], check=True)
    return str(python)
