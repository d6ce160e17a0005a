"""The program ``python -I …/vectorizer/__main__.py FD PATH…``, which serves the listening socket inherited as ``FD``.

``PATH…`` are folders of packages, searched after those of this program and of the interpreter.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    _, listener, *path = sys.argv
    sys.path.insert(0, str(Path(__file__).parents[3]))  # the package that started it
    sys.path += [entry for entry in path if entry not in sys.path]

    from weaviate_orm.embedded.vectorizer import serve  # needs the path above

    serve(socket.socket(fileno=int(listener)))
