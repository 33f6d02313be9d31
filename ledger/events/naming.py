"""Keys: how an entity is called in the log, the state table and the tags."""

from __future__ import annotations


def key(kind: str, scope: str, name: str) -> str:
    """The key of an entity of this scope: `campaign:huizhong/C-9`; a platform is `platform:huizhong`."""
    return f"platform:{name}" if kind == "platform" else f"{kind}:{scope}/{name}"


def referred(kind: str, scope: str, name: str) -> str:
    """The key of an entity that an event names but didn't make.

    Ids are unique within a platform, so the registry writes `<platform>:<id>` to mean a platform's thing.
    """
    if scope == "registry" and ":" in name and kind != "platform":
        scope, _, name = name.partition(":")
    return key(kind, scope, name)


def scope_and_name(key: str) -> str:
    """`huizhong/C-9` of `campaign:huizhong/C-9`: the middle and end of an account."""
    return key.partition(":")[2]


def name_of(key: str) -> str:
    """`C-9` of `campaign:huizhong/C-9`."""
    return key.rpartition("/")[2]
