"""Routes."""

from django.urls import path

from outpost.people import web

app_name = "people"
urlpatterns = [
    path("real-name", web.real_name, name="real_name"),
    path("start", web.start, name="start"),
    path("token", web.token, name="token"),
    path("claim/town", web.choose_town, name="choose_town"),
    path("claim/withdraw", web.withdraw_claim, name="withdraw_claim"),
    path("claim/<uuid:claim_id>/answer", web.answer_claim, name="answer_claim"),
    path("claims", web.claims, name="claims"),
    path("claims/<uuid:claim_id>", web.claim, name="claim"),
]
