"""The district's own questions of the declaration: asked on their days, answered by page, file and call, ended."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from outpost.audit import editing
from outpost.audit.models import AuditEntry
from outpost.core import clock
from outpost.core.errors import Refusal
from outpost.fields.specs import FieldKind, FieldSpec
from outpost.health import services
from outpost.health.models import Declaration, PassFactsRow
from outpost.health.models.questions import Question
from outpost.health.queries import questions
from outpost.health.services import Asking
from outpost.health.services.questions import MOST_ASKED
from outpost.health.tests.records import a_declaration, make_token, ndjson, outcomes, post
from outpost.health.tests.test_citizens import DECLARE, MY, WELL, browser, citizen, own, send
from outpost.testing.browsers import shown, sign_in
from outpost.testing.cast import NOON, Cast

pytestmark = pytest.mark.django_db
ABROAD = FieldSpec(
    "abroad", "14天内是否出境", FieldKind.CHOICE, "Abroad within 14 days", ("是", "否"), True, ("Yes", "No")
)
FLAT = FieldSpec("flat", "同住人数", FieldKind.NUMBER, "People in the same flat")
TODAY = clock.local_day(NOON)


def ask(
    cast: Cast, spec: FieldSpec = ABROAD, *, first: date = date(2022, 1, 1), last: date | None = None
) -> Question:
    asking = Asking(spec=spec, begins_on=first, last_day=last)
    return services.add_question(asking, actor=cast.actor("command"), at=NOON)


def test_a_citizen_answers_in_the_own_language_and_reads_it_again(cast: Cast) -> None:
    ask(cast)
    ask(cast, FLAT)
    user = citizen(is_seen=True)
    client, me = browser(user), own(user)
    page = client.get(reverse(DECLARE)).content.decode()
    assert page.index("体温") < page.index("14天内是否出境") < page.index("同住人数")
    assert "checked" not in page
    english = client.get(reverse(DECLARE), headers={"accept-language": "en"}).content.decode()
    assert "Abroad within 14 days" in english
    assert send(client, {**WELL, "field.abroad": "是", "field.flat": "3"}, me) == reverse(MY)
    assert Declaration.objects.get().answers == {"abroad": "是", "flat": 3}
    told = client.get(reverse(MY)).content.decode()
    assert "14天内是否出境：是" in told
    english = client.get(reverse(MY), headers={"accept-language": "en"}).content.decode()
    assert "Abroad within 14 days: Yes" in english


def test_what_is_wrong_is_told_at_its_question_and_nothing_is_kept(cast: Cast) -> None:
    ask(cast)
    ask(cast, FLAT)
    user = citizen()
    page = send(browser(user), {**WELL, "field.flat": "drei"}, own(user))
    assert page.count('class="field-error"') == 2  # the missing answer and the number
    assert "drei" in page
    page = send(browser(user), {**WELL, "field.abroad": "也许"}, own(user))
    assert page.count('class="field-error"') == 1
    assert not Declaration.objects.exists()


def test_an_answer_changes_nobodys_pass(cast: Cast) -> None:
    ask(cast)
    user = citizen(is_seen=True)
    facts = []
    for answer in ("是", "否"):
        send(browser(user), {**WELL, "field.abroad": answer}, own(user))
        facts.append(PassFactsRow.objects.values_list("has_symptoms", "was_in_risk_area").get())
    assert facts == [(False, False)] * 2


def test_a_question_is_asked_on_its_days_and_its_answers_stay(cast: Cast) -> None:
    row, user = ask(cast), citizen(is_seen=True)
    send(browser(user), {**WELL, "field.abroad": "否"}, own(user))
    today = clock.local_day(clock.now())
    asking = Asking(spec=row.spec, begins_on=row.begins_on, last_day=today - timedelta(days=1))
    services.change_question(row.id, asking, actor=cast.actor("command"), at=NOON, seen=seen(row))
    assert questions.specs_on(today) == []
    assert "出境" not in browser(user).get(reverse(DECLARE)).content.decode()
    assert "14天内是否出境：否" in browser(user).get(reverse(MY)).content.decode()
    assert ask(cast, FLAT, first=today + timedelta(days=1)) not in questions.asked_on(today)


def seen(row: Question) -> str:
    return editing.seen(questions.edited_question(Question.objects.get(id=row.id)))


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (FieldSpec("x", "问题", FieldKind.TEXT), "sentinel.field_code_form"),
        (FieldSpec("abroad", "另一问题", FieldKind.TEXT), "sentinel.field_name_taken"),
        (FieldSpec("other", "症状", FieldKind.TEXT), "sentinel.field_name_taken"),
        (FieldSpec("temperature", "问题", FieldKind.TEXT), "sentinel.field_name_taken"),
        (FieldSpec("other", "问题", FieldKind.CHOICE, "", ("是",)), "sentinel.field_choices"),
        (
            FieldSpec("other", "问题", FieldKind.CHOICE, "", ("是", "否"), False, ("Yes",)),
            "fields.choices_en",
        ),
        (
            FieldSpec("other", "问题", FieldKind.CHOICE, "", ("是", "否"), False, ("否", "是")),
            "fields.choices_en",
        ),
    ],
)
def test_a_question_that_could_be_mistaken_is_refused(cast: Cast, spec: FieldSpec, code: str) -> None:
    ask(cast)
    with pytest.raises(Refusal) as refused:
        ask(cast, spec)
    assert refused.value.code == code
    assert Question.objects.count() == 1


def test_the_kind_of_an_answered_question_stays(cast: Cast) -> None:
    row, user = ask(cast), citizen()
    text = Asking(spec=FieldSpec("abroad", "14天内是否出境", FieldKind.TEXT), begins_on=row.begins_on)
    send(browser(user), {**WELL, "field.abroad": "否"}, own(user))
    with pytest.raises(Refusal) as refused:
        services.change_question(row.id, text, actor=cast.actor("command"), at=NOON, seen=seen(row))
    assert refused.value.code == "sentinel.field_kind_fixed"


def test_nobody_answers_more_than_a_few(cast: Cast) -> None:
    for number in range(MOST_ASKED):
        ask(cast, FieldSpec(f"q{number}", f"问题{number}", FieldKind.TEXT))
    with pytest.raises(Refusal) as refused:
        ask(cast)
    assert refused.value.code == "health.questions_many"
    with pytest.raises(Refusal) as span:
        ask(cast, first=TODAY, last=TODAY - timedelta(days=1))
    assert span.value.code == "health.question_span"


@pytest.mark.parametrize("role", ["town", "bureau", "principal", "feeder", "auditor", "outsider"])
def test_nobody_but_the_command_asks(cast: Cast, role: str) -> None:
    asking = Asking(spec=ABROAD, begins_on=TODAY)
    with pytest.raises(Refusal):
        services.add_question(asking, actor=cast.actor(role), at=NOON)
    row = ask(cast)
    with pytest.raises(Refusal):
        services.change_question(row.id, asking, actor=cast.actor(role), at=NOON, seen=seen(row))


def test_a_call_answers_by_short_code_and_what_it_leaves_out_stays(cast: Cast, client: Client) -> None:
    ask(cast)
    ask(cast, FLAT)
    make_token()
    assert sent(client, abroad="No", flat=2) == ["new"]
    assert sent(client, flat="4") == ["replaced"]
    assert sent(client, abroad="", departure="上海") == ["replaced"]
    assert Declaration.objects.get().answers == {"abroad": "否", "flat": 4}
    assert sent(client, abroad="也许") == ["rejected"]
    assert sent(client, nobody_asked="1") == ["rejected"]


def sent(client: Client, **fields: Any) -> list[str]:
    answer = post(client, "declarations", ndjson(a_declaration(**fields)))
    return [line["outcome"] for line in outcomes(answer)]


def test_the_pages(cast: Cast, client: Client) -> None:
    sign_in(client, cast.users["command"])
    assert "没有本区自设的问题" in client.get("/health/questions").content.decode()
    new = "/health/questions/new"
    stated = {
        "name": "是否接触过确诊病例",
        "name_en": "Contact with a case",
        "kind": "yes_no",
        "begins_on": "2022-06-01",
    }
    for wrong in ({"name": ""}, {"kind": "colour"}, {"begins_on": ""}, {"last_day": "2022-05-31"}):
        assert 'role="alert"' in shown(client, client.post(new, {**stated, **wrong})).content.decode()
    assert client.post(new, stated).status_code == 302
    row = Question.objects.get()
    assert (row.kind, row.choices, row.choices_en) == ("choice", ["是", "否"], ["Yes", "No"])
    page = client.get("/health/questions").content.decode()
    assert "是否接触过确诊病例" in page
    assert "是或否" in page
    form = client.get(f"/health/questions/{row.id}").content.decode()
    assert 'value="yes_no" selected' in form
    changed = {**stated, "last_day": "2022-06-30", "seen": seen(row)}
    assert client.post(f"/health/questions/{row.id}", changed).status_code == 302
    row.refresh_from_db()
    assert (row.last_day, row.code[:2]) == (date(2022, 6, 30), "q_")
    assert AuditEntry.objects.filter(action=questions.SET, object_id=str(row.id)).count() == 2
    assert client.get(f"/health/questions/{uuid4()}").status_code == 404
