from django.urls import URLPattern, path

from alerts.views import acting, alert

_ONE = "t/<slug:team_slug>/alerts/<int:number>/"

urlpatterns: list[URLPattern] = [
    path(_ONE, alert.alert, name="alert"),
    path(f"{_ONE}acknowledge/", acting.acknowledge, name="alert_acknowledge"),
    path(f"{_ONE}unacknowledge/", acting.unacknowledge, name="alert_unacknowledge"),
    path(f"{_ONE}assign/", acting.assign, name="alert_assign"),
    path(f"{_ONE}note/", acting.note, name="alert_note"),
    path(f"{_ONE}close/", acting.close, name="alert_close"),
]
