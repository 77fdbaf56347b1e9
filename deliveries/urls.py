from django.urls import path

from deliveries.views import chat, drills, export, handover, hooks, log, mail_actions, previews, told

urlpatterns = [
    path("mail/act/<str:token>/", mail_actions.mail_act, name="mail_act"),
    path("t/<slug:team_slug>/integrations/preview/", previews.integration_preview, name="integration_preview"),
    path("t/<slug:team_slug>/deliveries/", log.deliveries, name="deliveries"),
    path("t/<slug:team_slug>/deliveries/<int:pk>/", log.delivery, name="delivery"),
    path("t/<slug:team_slug>/deliveries/<int:pk>/again/", log.send_again, name="send_again"),
    path("t/<slug:team_slug>/alerts/<int:number>/told/", told.told, name="told"),
    path("t/<slug:team_slug>/alerts/<int:number>/export.<str:format>", export.alert_export, name="alert_export"),
    path("t/<slug:team_slug>/rules/<int:rule_id>/drill/", drills.drill, name="drill"),
    path("t/<slug:team_slug>/rules/<int:rule_id>/drill/run/", drills.drill_run, name="drill_run"),
    path("hooks/<slug:kind>/<str:door>/", hooks.hook, name="hook"),
    path("t/<slug:team_slug>/chat/", chat.chat_people, name="chat_people"),
    path("t/<slug:team_slug>/chat/link/<str:token>/", chat.chat_link, name="chat_link"),
    path("t/<slug:team_slug>/chat/<int:identity_id>/unlink/", chat.chat_unlink, name="chat_unlink"),
    path("t/<slug:team_slug>/handover/", handover.handover, name="handover"),
    path("t/<slug:team_slug>/handover.md", handover.as_markdown, name="handover_markdown"),
]
