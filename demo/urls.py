"""The sandbox chat. These addresses exist under `make run` only."""

from django.urls import path, re_path

from demo.sandbox import acts, app_pages, hipchat, pages, replies, slack, web_api

urlpatterns = [
    path("", pages.rooms, name="sandbox"),
    path("rooms/<int:pk>/", pages.room, name="sandbox_room"),
    path("rooms/<int:pk>/settings/", pages.room_settings, name="sandbox_room_settings"),
    path("you/", acts.be, name="sandbox_be"),
    path("press/", acts.press, name="sandbox_press"),
    path("delete/", acts.delete, name="sandbox_delete"),
    path("rooms/<int:pk>/say/", acts.say, name="sandbox_say"),
    path("slack/apps/", app_pages.apps, name="sandbox_slack_apps"),
    path("slack/apps/<int:pk>/", app_pages.app, name="sandbox_slack_app"),
    path("slack/", pages.slack_webhooks, name="sandbox_slack"),
    path("hipchat/", pages.hipchat_rooms, name="sandbox_hipchat"),
    path("hipchat/rooms/<int:api_id>/", pages.hipchat_room, name="sandbox_hipchat_room"),
    path("hipchat/account/api/", pages.hipchat_account, name="sandbox_hipchat_account"),
    path("slack/services/<str:workspace>/<str:hook>/<str:token>", slack.incoming, name="sandbox_slack_incoming"),
    path("slack/answers/<str:key>", replies.respond, name="sandbox_slack_reply"),
    path("slack/api/<str:name>", web_api.method, name="sandbox_slack_api"),
    path("hipchat/v2/room/<str:id_or_name>/notification", hipchat.notification, name="sandbox_hipchat_notification"),
    path("hipchat/v2/room/<str:id_or_name>/webhook", hipchat.webhooks, name="sandbox_hipchat_webhooks"),
    path("hipchat/v2/room/<str:id_or_name>/webhook/<int:number>", hipchat.webhook, name="sandbox_hipchat_webhook"),
    path("hipchat/v2/room/<str:id_or_name>", hipchat.room, name="sandbox_hipchat_api_room"),
    re_path(r"^hipchat/v2/.*$", hipchat.unknown, name="sandbox_hipchat_unknown"),
]
