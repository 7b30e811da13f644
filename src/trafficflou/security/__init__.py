"""Level 1: permission, keys, and the cleaning of foreign text."""

from trafficflou.security.harm import (
    Harm,
    address_names,
    fold_text,
    harms_of_form,
    harms_of_link,
    harms_of_words,
)
from trafficflou.security.key_ring import KeyRing, read_os_keyring
from trafficflou.security.sanitising import clean_text, fence_untrusted
from trafficflou.security.scope import PermittedTarget, Resolver, resolve_permitted

__all__ = [
    "Harm",
    "KeyRing",
    "PermittedTarget",
    "Resolver",
    "address_names",
    "clean_text",
    "fence_untrusted",
    "fold_text",
    "harms_of_form",
    "harms_of_link",
    "harms_of_words",
    "read_os_keyring",
    "resolve_permitted",
]
