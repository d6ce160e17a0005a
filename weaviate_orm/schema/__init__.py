"""What a collection is: specs, to and from the server's JSON, and how two of them differ. Nothing here talks."""
