"""A form page: no page is drawn by a POST, and nothing typed is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.test import RequestFactory
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from outpost.core import clock
from outpost.core.errors import FORBIDDEN, NOT_FOUND, Fault, Faults, Problem, Refusal
from outpost.pages.forms import FORMS, LONGEST, SecretInput, drawn, take

TAKEN = Problem("test.pages_taken", 409, "{name} is taken")
WRONG = Problem("test.pages_wrong", 422, _("Choose one from the list."))
PATH = "/things/7"
GOOD = {"name": "Ada", "field.note": "n", "word": "open", "colours": ["red", "blue"]}


class ThingForm(forms.Form):
    name = forms.CharField(max_length=10)
    word = forms.CharField(widget=forms.PasswordInput)
    code = forms.CharField(widget=SecretInput, required=False)
    colours = forms.MultipleChoiceField(choices=[("red", "red"), ("blue", "blue")], required=False)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["field.note"] = forms.CharField(required=False)


@pytest.fixture
def session(db: None) -> SessionStore:
    return SessionStore()


def request_of(session: Any, path: str = PATH, data: dict[str, Any] | None = None) -> HttpRequest:
    made = RequestFactory().get(path) if data is None else RequestFactory().post(path, data)
    made.session = session
    return made


def saved(_form: ThingForm) -> HttpResponse:
    return redirect("/things")


def refusing(refusal: Refusal) -> Any:
    def act(_form: ThingForm) -> HttpResponse:
        raise refusal

    return act


def test_a_good_form_acts_and_goes_on(session: Any) -> None:
    answer = take(request_of(session, data=GOOD), ThingForm, saved)
    assert answer["Location"] == "/things"
    assert not drawn(request_of(session), ThingForm).is_bound
    assert dict(session.items()) == {}


def test_a_form_that_is_not_valid_is_drawn_as_often_as_it_is_asked_for(session: Any) -> None:
    answer = take(request_of(session, f"{PATH}?tab=2", GOOD | {"name": ""}), ThingForm, saved)
    assert (answer.status_code, answer["Location"]) == (302, f"{PATH}?tab=2")
    for _again in range(2):
        form = drawn(request_of(session), ThingForm)
        assert list(form.errors) == ["name"]
        assert form["colours"].value() == ["red", "blue"]
        assert form["field.note"].value() == "n"


def test_secrets_are_never_kept_but_what_is_wrong_with_them_is_said(session: Any) -> None:
    typed = GOOD | {"word": "", "code": "123456", "name": ""}
    take(request_of(session, data=typed), ThingForm, saved)
    kept = FORMS.get(request_of(session), f"{PATH}#")
    assert set(kept["typed"]) == {"name", "field.note", "colours"}
    with override("en"):
        assert drawn(request_of(session), ThingForm).errors["word"] == ["This field is required."]
    with override("zh-hans"):
        form = drawn(request_of(session), ThingForm)
        assert form.errors["word"] == form.errors["name"] == ["这个字段是必填项。"]
    take(request_of(session, data=GOOD | {"name": ""}), ThingForm, saved)
    assert list(drawn(request_of(session), ThingForm).errors) == ["name"]


def test_all_that_a_service_refuses_stands_at_its_field(session: Any) -> None:
    faults = [
        Fault("name", TAKEN, {"name": "Ada"}),
        Fault("note", WRONG),
        Fault("colour", WRONG),
        Fault("", WRONG),
    ]
    act = refusing(Faults(faults))
    take(request_of(session, data=GOOD), ThingForm, act, at={"colour": "colours"})
    with override("en"):
        form = drawn(request_of(session), ThingForm)
        assert form.errors["name"] == ["Ada is taken"]
        assert set(form.errors) == {"name", "field.note", "colours", "__all__"}
        assert form.errors["field.note"] == ["Choose one from the list."]
    with override("zh-hans"):
        assert drawn(request_of(session), ThingForm).errors["field.note"] == ["请从下拉列表中选择。"]


def test_a_refusal_stands_at_the_field_of_its_code_or_the_one_field(session: Any) -> None:
    for at in ({TAKEN.code: "word"}, "word"):
        take(request_of(session, data=GOOD), ThingForm, refusing(Refusal(TAKEN, name="x")), at=at)
        assert drawn(request_of(session), ThingForm).errors == {"word": ["x is taken"]}


@pytest.mark.parametrize("problem", [NOT_FOUND, FORBIDDEN])
def test_what_is_out_of_reach_stays_the_page_that_knows_nothing(session: Any, problem: Problem) -> None:
    with pytest.raises(Refusal):
        take(request_of(session, data=GOOD), ThingForm, refusing(Refusal(problem, action="x")))
    assert not drawn(request_of(session), ThingForm).is_bound


def test_the_forms_of_one_page_are_told_apart(session: Any) -> None:
    request = request_of(session, "/things/7/names", GOOD | {"name": ""})
    assert take(request, ThingForm, saved, page=f"{PATH}#names", name="names")["Location"] == f"{PATH}#names"
    assert not drawn(request_of(session), ThingForm).is_bound
    assert drawn(request_of(session), ThingForm, name="names").is_bound
    assert (
        take(request_of(session, data=GOOD), ThingForm, saved, page=PATH, name="names")["Location"]
        == "/things"
    )
    assert not drawn(request_of(session), ThingForm, name="names").is_bound


def test_what_is_kept_is_sealed_short_and_little(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    take(request_of(session, data=GOOD | {"name": "Grace" * 2_000}), ThingForm, saved)
    assert "Grace" not in str(dict(session.items()))
    assert len(drawn(request_of(session), ThingForm)["name"].value()) == LONGEST
    for number in range(FORMS.most):
        take(request_of(session, f"/others/{number}", GOOD | {"name": ""}), ThingForm, saved)
    assert not drawn(request_of(session), ThingForm).is_bound
    assert drawn(request_of(session, "/others/0"), ThingForm).is_bound
    later = clock.now() + FORMS.life
    monkeypatch.setattr(clock, "now", lambda: later + timedelta(seconds=1))
    assert not drawn(request_of(session, "/others/0"), ThingForm).is_bound


def test_what_was_moved_or_of_another_key_is_forgotten(session: Any) -> None:
    take(request_of(session, data=GOOD | {"name": ""}), ThingForm, saved)
    session["kept_forms"] = {"/things/8#": session["kept_forms"][f"{PATH}#"]}
    assert not drawn(request_of(session, "/things/8"), ThingForm).is_bound
