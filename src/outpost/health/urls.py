"""Routes."""

from django.urls import path

from outpost.health import citizens, disposition_pages, exposure_pages, lifting_pages, question_pages, web

app_name = "health"
urlpatterns = [
    path("declare", citizens.declare, name="declare"),
    path("declared", citizens.declared, name="declared"),
    path("object", citizens.object_to_pass, name="object"),
    path("products", web.products, name="products"),
    path("products/new", web.new_product, name="new_product"),
    path("products/<str:code>", web.product, name="product"),
    path("questions", question_pages.questions, name="questions"),
    path("questions/new", question_pages.new_question, name="new_question"),
    path("questions/<uuid:question_id>", question_pages.question, name="question"),
    path("exposures", exposure_pages.exposures, name="exposures"),
    path("exposures/new", exposure_pages.new_exposure, name="new_exposure"),
    path("exposures/<uuid:batch_id>/agree", exposure_pages.agree, name="agree_exposures"),
    path("exposures/<uuid:exposure_id>/withdraw", exposure_pages.withdraw, name="withdraw_exposure"),
    path("passes", web.pass_rules, name="passes"),
    path("passes/propose", web.propose_rules, name="propose_rules"),
    path("passes/<uuid:proposal_id>", web.decide_rules, name="decide_rules"),
    path("passes/dispositions/<uuid:import_id>", web.agree_dispositions, name="agree_dispositions"),
    path("dispositions", disposition_pages.dispositions, name="dispositions"),
    path(
        "dispositions/<uuid:disposition_id>", disposition_pages.decide_disposition, name="decide_disposition"
    ),
    path("lifting", lifting_pages.lifting, name="lifting"),
    path("lifting/propose", lifting_pages.propose_lifting, name="propose_lifting"),
    path("lifting/<uuid:proposal_id>", lifting_pages.decide_lifting, name="decide_lifting"),
    path("orders", lifting_pages.orders, name="orders"),
    path("orders/<uuid:term_id>", lifting_pages.decide_order, name="decide_order"),
    path("objections", web.objections, name="objections"),
    path("objections/<uuid:objection_id>", web.objection, name="objection"),
    path("risk-areas", web.risk_areas, name="risk_areas"),
    path("risk-areas/new", web.new_risk_area, name="new_risk_area"),
    path("risk-areas/<uuid:area_id>/end", web.end_risk_area, name="end_risk_area"),
]
