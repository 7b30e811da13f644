"""The version, in one place: the package, the wheel and every request's User-Agent read it here."""

__version__ = "0.1.0"
