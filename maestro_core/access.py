"""Which role may do what: one table."""

from __future__ import annotations

from enum import StrEnum

from maestro_core.terms import Role


class Permission(StrEnum):
    """What reports and actions ask for."""

    VIEW = "view"
    VIEW_PEOPLE = "view people"
    VIEW_SOURCES = "view sources"
    EDIT_PROJECTS = "edit projects"
    EDIT_ARTIFACTS = "edit artifacts"
    USE_ARTIFACTS = "use artifacts"
    IMPORT = "import"
    CONNECT_SOURCES = "connect sources"
    REFRESH = "refresh"
    TRAIN = "train"
    EDIT_SCENARIOS = "edit scenarios"
    VIEW_DELIVERY = "view delivery"
    EDIT_DELIVERY = "edit delivery rules"
    EDIT_PEOPLE = "edit people"
    PUSH = "push"
    VIEW_EXPERIMENTS = "view experiments"
    EDIT_EXPERIMENTS = "edit experiments"
    EDIT_SETTINGS = "edit settings"
    VIEW_AUDIT = "view audit"


_VIEWER = {Permission.VIEW, Permission.VIEW_DELIVERY, Permission.VIEW_EXPERIMENTS}
_ANALYST = _VIEWER | {
    Permission.VIEW_SOURCES,
    Permission.USE_ARTIFACTS,
    Permission.EDIT_ARTIFACTS,
    Permission.TRAIN,
    Permission.EDIT_SCENARIOS,
}
_MANAGER = _ANALYST | {
    Permission.EDIT_EXPERIMENTS,
    Permission.VIEW_PEOPLE,
    Permission.EDIT_PEOPLE,
    Permission.EDIT_PROJECTS,
    Permission.EDIT_DELIVERY,
    Permission.IMPORT,
    Permission.REFRESH,
    Permission.PUSH,
}
_ADMIN = _MANAGER | {Permission.CONNECT_SOURCES, Permission.EDIT_SETTINGS, Permission.VIEW_AUDIT}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset(_VIEWER),
    Role.ANALYST: frozenset(_ANALYST),
    Role.MANAGER: frozenset(_MANAGER),
    Role.ADMIN: frozenset(_ADMIN),
    Role.OWNER: frozenset(Permission),
}
