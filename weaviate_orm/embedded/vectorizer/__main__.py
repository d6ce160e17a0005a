"""``python -m weaviate_orm.embedded.vectorizer FD`` serves the listening socket that it inherited as file ``FD``."""

from __future__ import annotations

import socket
import sys

from weaviate_orm.embedded.vectorizer import serve

serve(socket.socket(fileno=int(sys.argv[1])))
