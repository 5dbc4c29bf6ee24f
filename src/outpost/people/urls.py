"""Routes."""

from django.urls import path

from outpost.people.web import dependants, real_name, second_document

app_name = "people"
urlpatterns = [
    path("real-name", real_name.real_name, name="real_name"),
    path("start", real_name.start, name="start"),
    path("token", real_name.token, name="token"),
    path("token/end", real_name.end_tokens, name="end_tokens"),
    path("claim/town", real_name.choose_town, name="choose_town"),
    path("claim/withdraw", real_name.withdraw_claim, name="withdraw_claim"),
    path("claim/<uuid:claim_id>/answer", real_name.answer_claim, name="answer_claim"),
    path("documents/new", second_document.state, name="second_document"),
    path("documents/withdraw", second_document.withdraw, name="withdraw_document"),
    path("documents", second_document.both_papers, name="both_papers"),
    path("dependants/new", dependants.new, name="new_dependant"),
    path("dependants/<uuid:dependant_id>/answer", dependants.answer, name="answer_dependant"),
    path("dependants/<uuid:dependant_id>/undo", dependants.undo, name="undo_dependant"),
    path("dependants", dependants.waiting, name="dependants"),
    path("dependants/<uuid:dependant_id>", dependants.decide, name="dependant"),
    path("card", real_name.card, name="card"),
    path("claims", real_name.claims, name="claims"),
    path("claims/<uuid:claim_id>", real_name.claim, name="claim"),
]
