"""Level 1: permission. Which targets may be played, decided before a byte is sent."""

from trafficflou.security.scope import PermittedTarget, Resolver, resolve_permitted

__all__ = ["PermittedTarget", "Resolver", "resolve_permitted"]
