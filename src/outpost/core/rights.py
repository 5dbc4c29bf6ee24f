"""What rights are made of: roles, what they may do, and the kinds of things they are given over. Pure.

A module declares its actions (`<module>/actions.py`) and its kinds of scopes (`<module>/rules.py`); both are texts,
because they stand in reaches, audit rows and grants.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from outpost.core.errors import FORBIDDEN, Problem
from outpost.core.vocabulary import Vocabulary, Word, is_chinese


class Role(Vocabulary):
    """Roles of the field. Operation, rights and audit are three persons' work (三员分立)."""

    COMMAND = Word("command", "指挥部人员", "Command officer")  # 区指挥部 / 专班
    BUREAU = Word("bureau", "委办局人员", "Bureau officer")
    TOWN = Word("town", "镇街人员", "Town officer")
    PRINCIPAL = Word("principal", "企业负责人", "Principal")
    MANAGER = Word("manager", "场所管理员", "Venue manager")
    INSPECTOR = Word("inspector", "检测员", "Inspector")
    SITE_LEAD = Word("site_lead", "工地负责人", "Site lead")
    SITE_SUPERVISOR = Word("site_supervisor", "监理负责人", "Supervision lead")
    SITE_USER = Word("site_user", "工地登记管理人员", "Site registrar")
    FEEDER = Word("feeder", "数据对接方", "Data feeder")  # a machine or clerk that delivers health facts
    RECEIVER = Word(
        "receiver", "数据接收方", "Data receiver"
    )  # a machine that fetches what is shared with it
    OPERATOR = Word("operator", "运维员", "Operator")
    SECURITY = Word("security", "安全管理员", "Security administrator")
    AUDITOR = Word("auditor", "审计员", "Auditor")


OFFICERS = frozenset({Role.COMMAND, Role.BUREAU, Role.TOWN})
LEDGER = OFFICERS | {Role.PRINCIPAL}
EVERYONE = frozenset(Role)


class Action(str):
    """Something that may be done, and the roles that may do it. Its code stands in audit rows: never rename it."""

    __slots__ = ("en", "roles", "zh")
    zh: str
    en: str
    roles: frozenset[Role]

    def __new__(cls, code: str, zh: str, en: str, roles: Iterable[Role]) -> Self:
        action = super().__new__(cls, code)
        action.zh, action.en, action.roles = zh, en, frozenset(roles)
        _known[code] = action
        return action

    @property
    def label(self) -> str:
        """The words in the reader's language."""
        return self.zh if is_chinese(get_language()) else self.en


_known: dict[str, Action] = {}


def in_words(problem: Problem, fields: Mapping[str, Any]) -> str:
    """A refusal as a page says it: what a right is called and who has it. Calls get its code."""
    action = _known.get(str(fields.get("action", "")))
    if problem is not FORBIDDEN or action is None:
        return problem.render(**fields)
    roles = _(", ").join(role.label for role in Role if role in action.roles)
    said = _("Your account may not do this: {action}. It is done by: {roles}. Ask one of them.")
    return said.format(action=action.label, roles=roles)


class ScopeKind(str):
    """A kind of scope. Its code stands in grants and tokens: never rename it.

    `roles` can be given over it. In a tree the code of a scope is the prefix of the codes of all that lies in it.
    """

    __slots__ = ("en", "is_tree", "roles", "zh")
    zh: str
    en: str
    roles: frozenset[Role]
    is_tree: bool

    def __new__(cls, code: str, zh: str, en: str, roles: Iterable[Role], *, is_tree: bool = False) -> Self:
        kind = super().__new__(cls, code)
        kind.zh, kind.en, kind.roles, kind.is_tree = zh, en, frozenset(roles), is_tree
        return kind

    @property
    def label(self) -> str:
        """The word in the reader's language."""
        return self.zh if is_chinese(get_language()) else self.en

    def covers(self, known: str, key: str) -> bool:
        """Whether the scope `known` contains the scope `key` of the same kind."""
        return key.startswith(known) if self.is_tree else key == known


WHOLE = ScopeKind(
    "everything",
    "全部",
    "Everything",
    {Role.COMMAND, Role.FEEDER, Role.RECEIVER, Role.OPERATOR, Role.SECURITY, Role.AUDITOR},
)
