"""Routes of tasks."""

from django.urls import path

from outpost.exchange.web import approvals, exports, imports, rejected, tasks

app_name = "exchange"
urlpatterns = [
    path("", tasks.imports, name="tasks"),
    path("exports/", tasks.exports, name="exports"),
    path("approvals/", tasks.approvals, name="approvals"),
    path("approvals/<uuid:export_id>/", approvals.detail, name="approval"),
    path("approvals/<uuid:export_id>/approve", approvals.approve, name="approve"),
    path("approvals/<uuid:export_id>/decline", approvals.decline, name="decline"),
    path("imports/new/<str:kind>/", imports.new, name="new_import"),
    path("imports/template/<str:kind>/", imports.template, name="template"),
    path("imports/<uuid:import_id>/", imports.detail, name="import"),
    path("imports/<uuid:import_id>/progress", imports.progress, name="import_progress"),
    path("imports/<uuid:import_id>/failures", imports.failures, name="failures"),
    path("imports/<uuid:import_id>/rejected", rejected.rejected, name="rejected"),
    path("imports/<uuid:import_id>/confirm", imports.confirm, name="confirm"),
    path("imports/<uuid:import_id>/discard", imports.discard, name="discard"),
    path("imports/<uuid:import_id>/undo", imports.undo, name="undo"),
    path("exports/new/<str:kind>/", exports.new, name="new_export"),
    path("exports/<uuid:export_id>/", exports.detail, name="export"),
    path("exports/<uuid:export_id>/progress", exports.progress, name="export_progress"),
    path("exports/<uuid:export_id>/file", exports.download, name="download"),
]
