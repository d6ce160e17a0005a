"""The commands, one module each. They print; the work is done by the layers below."""
