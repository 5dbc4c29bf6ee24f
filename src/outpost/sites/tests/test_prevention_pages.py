"""The pages of prevention files: within reach, masked, numbers equal to the rows, files as downloads only."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from outpost.core import clock
from outpost.core.papers.tests import papers
from outpost.sites.models import Contract
from outpost.sites.models.prevention import Checklist, GroupMember, Hospital, SupplyMovement
from outpost.sites.tests.ledger import FAR_TOWN, brought, contract_row
from outpost.sites.tests.prevention_files import HOSPITAL, joined, masks, moved, submitted
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def ledger(cast_of_file: Cast) -> None:
    far = {"所属镇街": FAR_TOWN, "监督站": "第二监督站"}
    brought(contract_row(1), contract_row(2, **far), actor=cast_of_file.actor("command"))


@pytest.fixture
def filed() -> list[Contract]:
    return list(Contract.objects.order_by("number"))


def browser(cast: Cast, name: str = "town", language: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": language})
    sign_in(client, cast.users[name])
    return client


def sent(client: Client, name: str, contract: Contract, data: dict[str, Any]) -> str:
    """What the page says behind a form."""
    response: Any = client.post(reverse(f"sites:{name}", args=[contract.id]), data)
    return str(shown(client, response).content.decode())


def test_the_file_says_what_is_missing_until_nothing_is(cast: Cast, filed: list[Contract]) -> None:
    contract, client = filed[0], browser(cast)
    where = reverse("sites:prevention", args=[contract.id])
    page = client.get(where).content.decode()
    for gap in ("防疫小组未填", "对口医院未填", "防疫物资未登记", "复工检查表未提交"):
        assert gap in page
    today = clock.local_day(clock.now()).isoformat()
    who = {"name": "甄防疫", "role": "组长", "phone": "13900139001", "confirmed_on": today}
    assert "已加入防疫小组" in sent(client, "new_member", contract, who)
    form = client.get(reverse("sites:hospital", args=[contract.id]))
    assert "对口医院已保存" in sent(client, "hospital", contract, HOSPITAL | {"seen": form.context["seen"]})
    entry = {"direction": "in", "item": masks().id, "quantity": "200", "day": today, "key": uuid4()}
    assert "已登记" in sent(client, "new_movement", contract, entry)
    paper = SimpleUploadedFile("virus.exe", papers.photo(), "text/html")
    assert "已存为草稿" in sent(client, "new_checklist", contract, {"file": paper})
    draft = Checklist.objects.get()
    client.post(reverse("sites:submit_checklist", args=[draft.id]))
    page = client.get(where).content.decode()
    assert "防控信息已齐全" in page
    assert "待审核" in page
    assert "139****9001" in page
    assert "13900139001" not in page
    assert "甄防疫" not in page
    assert "02084988120" in page
    assert "近 14 天未使用" in page
    verdict = reverse("sites:judge_checklist", args=[draft.id])
    client.post(verdict, {"verdict": "to_mend", "reason": "第二页未盖章"})
    page = client.get(where).content.decode()
    assert "第二页未盖章" in page
    assert "复工检查表待整改" in page


@pytest.mark.promise("F4")
def test_a_file_goes_out_as_a_download_of_its_true_kind(cast: Cast, filed: list[Contract]) -> None:
    one = submitted(filed[0], actor=cast.actor("command"))
    where = reverse("sites:checklist_file", args=[one.id])
    answer: Any = browser(cast).get(where)
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert browser(cast, "principal").get(where).status_code == 403
    assert Client().get(where).status_code == 302
    far = submitted(filed[1], actor=cast.actor("command"))
    assert browser(cast).get(reverse("sites:checklist_file", args=[far.id])).status_code == 404


@pytest.mark.promise("F4")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (papers.HTML, "这是网页或 SVG 图形"),
        (papers.HEIC, "HEIC"),
        (papers.huge_png, "百万像素"),
        (papers.pdf(51), "51 页"),
        (papers.with_zip(papers.jpeg()), "藏有另一个文件"),
        (papers.jpeg() + bytes(20 << 20), "20 MiB"),
        (b"", "文件为空"),
    ],
)
def test_what_is_refused_is_said_at_its_field(
    cast: Cast, filed: list[Contract], content: bytes | Callable[[], bytes], said: str
) -> None:
    client = browser(cast)
    paper = content if isinstance(content, bytes) else content()
    page = sent(
        client, "new_checklist", filed[0], {"file": SimpleUploadedFile("表.jpg", paper, "image/jpeg")}
    )
    assert said in page
    assert 'class="field-error"' in page
    assert not Checklist.objects.exists()


def test_sixty_megabytes_are_not_even_read(cast: Cast, filed: list[Contract]) -> None:
    where, form = reverse("sites:new_checklist", args=[filed[0].id]), "multipart/form-data; boundary=b"
    client = browser(cast)
    assert client.generic("POST", where, b"", content_type=form).status_code == 302
    answer = client.generic("POST", where, b"", content_type=form, CONTENT_LENGTH=str(60 << 20))
    assert answer.status_code == 413


def test_the_number_that_is_left_stands_at_the_quantity(cast: Cast, filed: list[Contract]) -> None:
    client, contract = browser(cast), filed[0]
    today = clock.local_day(clock.now())
    entry = {"direction": "in", "item": masks().id, "quantity": "5", "day": today.isoformat(), "key": uuid4()}
    sent(client, "new_movement", contract, entry)
    page = sent(
        client, "new_movement", contract, entry | {"direction": "out", "quantity": "6", "key": uuid4()}
    )
    assert "最多可出库 5 只" in page
    page = sent(
        client,
        "new_movement",
        contract,
        entry | {"day": (today + timedelta(days=1)).isoformat(), "key": uuid4()},
    )
    assert "尚未到来" in page
    page = sent(client, "new_movement", contract, entry | {"quantity": "0", "key": uuid4()})
    assert 'class="field-error"' in page
    assert SupplyMovement.objects.count() == 1
    movements = client.get(reverse("sites:movements", args=[contract.id])).content.decode()
    assert "+5 只" in movements
    client.post(reverse("sites:correct_movement", args=[SupplyMovement.objects.get().id]))
    movements = client.get(reverse("sites:movements", args=[contract.id])).content.decode()
    assert "已冲销" in movements


def test_the_list_counts_what_it_shows_and_only_what_lies_in_reach(cast: Cast, filed: list[Contract]) -> None:
    command = cast.actor("command")
    joined(filed[0], actor=command)
    moved(filed[0], 10, actor=command)
    moved(filed[0], -10, actor=command)
    submitted(filed[1], actor=command)
    where = reverse("sites:prevention_files")
    client = browser(cast, "command")
    tiles = {label: (number, url) for label, number, url in client.get(where).context["tiles"]}
    assert {label: number for label, (number, _url) in tiles.items()} == {
        "防控信息不全": 2,
        "物资不足": 1,
        "检查表待审核": 1,
    }
    for number, url in tiles.values():
        assert client.get(url).context["listing"].total == number
    page = client.get(reverse("sites:supervision")).content.decode()
    assert all(label in page for label in tiles)
    town = browser(cast).get(where).content.decode()
    assert "HT0001" in town
    assert "HT0002" not in town
    assert browser(cast).get(reverse("sites:prevention", args=[filed[1].id])).status_code == 404
    assert browser(cast, "principal").get(where).status_code == 403


def test_the_items_are_the_districts(cast: Cast, filed: list[Contract]) -> None:
    masks()
    where = reverse("sites:supply_items")
    assert "消毒液" in browser(cast, "command").get(where).content.decode()
    assert browser(cast).get(where).status_code == 403


def test_in_english_it_reads_as_well(cast: Cast, filed: list[Contract]) -> None:
    joined(filed[0], actor=cast.actor("command"))
    moved(filed[0], 10, actor=cast.actor("command"))
    page = browser(cast, language="en").get(reverse("sites:prevention", args=[filed[0].id])).content.decode()
    for words in ("Prevention group", "Masks", "10 pieces", "Paired hospital", "Resumption checklist"):
        assert words in page
    listed = browser(cast, language="en").get(reverse("sites:prevention_files")).content.decode()
    assert "No paired hospital stated" in listed  # a phone shows it without the head of the column
    assert "Each number above opens the rows that it counts." in listed
    assert GroupMember.objects.count() == 1
    assert not Hospital.objects.exists()
