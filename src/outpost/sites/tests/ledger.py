"""Invented contracts and their files for the tests."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from outpost.core.actor import Actor
from outpost.exchange.models import Import
from outpost.sentinel.tests.ledgers import confirm, csv_file, send
from outpost.sites.models import Contract

NEAR_TOWN, FAR_TOWN = "南沙街道", "万顷沙镇"


def contract_row(number: int = 1, **changes: str) -> dict[str, str]:
    """The row of a contract with one employer."""
    return {
        "报建编号": f"BJ{number:04}",
        "合同报送编号": f"HT{number:04}",
        "项目名称": f"第{number}住宅小区",
        "项目地址": "环市大道1号",
        "所属镇街": NEAR_TOWN,
        "监督站": "第一监督站",
        "总包单位": "甲建设集团有限公司",
        "总包单位类型": "本市企业",
        "监理单位": "乙监理有限公司",
        "用人单位": "丙劳务有限公司",
        "总包项目负责人": "甄项目",
        "负责人电话": f"135{number:08}",
    } | changes


def sent(*rows: Mapping[str, str], actor: Actor) -> Import:
    """A file of these rows, uploaded and checked."""
    with TemporaryDirectory() as folder:
        path = csv_file(Path(folder) / "合同.csv", list(rows[0]), [list(row.values()) for row in rows])
        return send(path, "sites.contracts", {}, actor=actor)


def bring(*rows: Mapping[str, str], actor: Actor) -> Import:
    """A file of these rows, taken over."""
    return confirm(sent(*rows, actor=actor), actor=actor)


def brought(*rows: Mapping[str, str], actor: Actor) -> list[Contract]:
    """The contracts of these rows, brought in, in their order."""
    bring(*rows, actor=actor)
    return [Contract.objects.current().get(number=row["合同报送编号"]) for row in rows]
