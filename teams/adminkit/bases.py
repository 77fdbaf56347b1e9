"""Django's and Unfold's classes, made to take their models as parameters as the type stubs know them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.forms import ModelForm
else:
    from django.forms import ModelForm as _ModelForm
    from unfold.admin import ModelAdmin as _ModelAdmin
    from unfold.admin import TabularInline as _TabularInline

    class _TakesParameters:
        def __class_getitem__(cls, item: object) -> type:
            return cls

    class ModelForm(_TakesParameters, _ModelForm):
        """Django's."""

    class ModelAdmin(_TakesParameters, _ModelAdmin):
        """Unfold's."""

    class TabularInline(_TakesParameters, _TabularInline):
        """Unfold's."""


__all__ = ["ModelAdmin", "ModelForm", "TabularInline"]
