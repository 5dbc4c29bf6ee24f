"""Routes."""

from django.urls import path

from outpost.health.web import (
    citizens,
    dispositions,
    exposures,
    lifting,
    objections,
    pass_rules,
    products,
    questions,
    risk_areas,
)

app_name = "health"
urlpatterns = [
    path("declare", citizens.declare, name="declare"),
    path("declared", citizens.declared, name="declared"),
    path("object", citizens.object_to_pass, name="object"),
    path("products", products.products, name="products"),
    path("products/new", products.new_product, name="new_product"),
    path("products/<str:code>", products.product, name="product"),
    path("questions", questions.questions, name="questions"),
    path("questions/new", questions.new_question, name="new_question"),
    path("questions/<uuid:question_id>", questions.question, name="question"),
    path("exposures", exposures.exposures, name="exposures"),
    path("exposures/new", exposures.new_exposure, name="new_exposure"),
    path("exposures/<uuid:batch_id>/agree", exposures.agree, name="agree_exposures"),
    path("exposures/<uuid:exposure_id>/withdraw", exposures.withdraw, name="withdraw_exposure"),
    path("passes", pass_rules.pass_rules, name="passes"),
    path("passes/propose", pass_rules.propose_rules, name="propose_rules"),
    path("passes/<uuid:proposal_id>", pass_rules.decide_rules, name="decide_rules"),
    path("passes/dispositions/<uuid:import_id>", pass_rules.agree_dispositions, name="agree_dispositions"),
    path("dispositions", dispositions.dispositions, name="dispositions"),
    path("dispositions/<uuid:disposition_id>", dispositions.decide_disposition, name="decide_disposition"),
    path("lifting", lifting.lifting, name="lifting"),
    path("lifting/propose", lifting.propose_lifting, name="propose_lifting"),
    path("lifting/<uuid:proposal_id>", lifting.decide_lifting, name="decide_lifting"),
    path("orders", lifting.orders, name="orders"),
    path("orders/<uuid:term_id>", lifting.decide_order, name="decide_order"),
    path("objections", objections.objections, name="objections"),
    path("objections/<uuid:objection_id>", objections.objection, name="objection"),
    path("risk-areas", risk_areas.risk_areas, name="risk_areas"),
    path("risk-areas/new", risk_areas.new_risk_area, name="new_risk_area"),
    path("risk-areas/<uuid:area_id>/end", risk_areas.end_risk_area, name="end_risk_area"),
]
