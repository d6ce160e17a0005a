"""``python -I …/vectorizer/__main__.py FD PATH…`` serves the listening socket that it inherited as file ``FD``.

``PATH…`` are folders of packages, searched after this program's own and those of the interpreter.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    _, listener, *path = sys.argv
    sys.path.insert(0, str(Path(__file__).parents[3]))  # the very package that started it
    sys.path += [entry for entry in path if entry not in sys.path]

    from weaviate_orm.embedded.vectorizer import serve  # only now it can be found

    serve(socket.socket(fileno=int(listener)))
