"""Level 1: permission, keys, and the cleaning of foreign text."""

from trafficflou.security.key_ring import KeyRing, read_os_keyring
from trafficflou.security.sanitising import clean_text, fence_untrusted
from trafficflou.security.scope import PermittedTarget, Resolver, resolve_permitted

__all__ = [
    "KeyRing",
    "PermittedTarget",
    "Resolver",
    "clean_text",
    "fence_untrusted",
    "read_os_keyring",
    "resolve_permitted",
]
