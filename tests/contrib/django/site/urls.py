"""The paths of the project."""

from __future__ import annotations

from django.urls import path

from tests.contrib.django.site.library import views

urlpatterns = [
    path("", views.home),
    path("novels/", views.NovelList.as_view()),
    path("novels/search/", views.NovelSearch.as_view()),
    path("novels/<uuid:pk>/", views.NovelDetail.as_view()),
    path("novels/by-title/<slug:slug>/", views.NovelDetail.as_view(slug_field="title")),
    path("novels/<uuid:pk>/edit/", views.edit),
    path("novels/stream/", views.stream),
    path("novels/astream/", views.astream),
    path("novels/afirst/", views.afirst),
    path("novels/blocking/", views.blocking),
    path("novels/forgotten/", views.forgotten),
    path("notes/", views.notes),
    path("notes/<uuid:pk>/", views.note),
    path("anotes/", views.anotes),
    path("anotes/<uuid:pk>/", views.anote),
]
