"""The page 健康申报问题: what a district asks in declarations beyond the built-in questions."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from outpost.audit.editors import SEEN, edit_page
from outpost.core import clock
from outpost.fields.errors import AT
from outpost.health import services
from outpost.health.actions import EDIT_QUESTIONS
from outpost.health.forms.questions import KINDS, QuestionForm, kind_of
from outpost.health.queries import questions as queries
from outpost.pages.doors import PageRequest, door
from outpost.pages.forms import form_page

FORM = "health/question.html"


@require_GET
@door(EDIT_QUESTIONS)
def questions(request: PageRequest) -> HttpResponse:
    """All questions, with those that are asked no longer."""
    today, kinds = clock.local_day(clock.now()), dict(KINDS)
    rows = [(row, kinds[kind_of(row)], row.is_asked(today)) for row in queries.in_order()]
    return render(request, "health/questions.html", {"rows": rows, "today": today})


@require_http_methods(["GET", "POST"])
@door(EDIT_QUESTIONS)
def new_question(request: PageRequest) -> HttpResponse:
    """Ask something more."""

    def save(form: QuestionForm) -> HttpResponse:
        services.add_question(form.asking(), actor=request.actor, at=clock.now())
        return _saved(request)

    make = partial(QuestionForm, today=clock.local_day(clock.now()))
    return form_page(request, FORM, make, save, at=AT)


@require_http_methods(["GET", "POST"])
@door(EDIT_QUESTIONS)
def question(request: PageRequest, question_id: UUID) -> HttpResponse:
    """Change a question, or end it."""
    row = queries.question(question_id, actor=request.actor)

    def save(form: QuestionForm) -> HttpResponse:
        stated, seen = form.asking(row.code), form.cleaned_data[SEEN]
        services.change_question(row.id, stated, actor=request.actor, at=clock.now(), seen=seen)
        return _saved(request)

    make = partial(QuestionForm, question=row, today=clock.local_day(clock.now()))
    stands = partial(queries.edited_question, row)
    return edit_page(request, FORM, make, save, stands, at=AT, context={"question": row})


def _saved(request: PageRequest) -> HttpResponse:
    messages.success(request, _("The question was saved. Declarations ask it on its days."))
    return redirect("health:questions")
