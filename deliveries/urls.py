from django.urls import path

from deliveries import views

urlpatterns = [
    path("t/<slug:team_slug>/deliveries/", views.deliveries, name="deliveries"),
    path("t/<slug:team_slug>/deliveries/<int:pk>/", views.delivery, name="delivery"),
    path("t/<slug:team_slug>/deliveries/<int:pk>/again/", views.send_again, name="send_again"),
]
