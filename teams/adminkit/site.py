"""The admin site: who may enter, whose things it shows, how it is found around."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from teams.access import teams_of
from teams.adminkit.menu import GROUPS, BesideMaker, Menu, OperatorsPage, Panel, PanelMaker
from teams.adminkit.tenancy import choose_team, current_team, seat_of
from teams.models import User

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as _Site

    from teams.adminkit.deeds import Deed
else:
    from unfold.sites import UnfoldAdminSite as _Site

MOST_TEAMS = 200
# Alpine, which the admin's look is built on, evaluates its attributes; no inline script is allowed all the same.
CSP = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
_SHADES = (50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950)
_BLUE = ("eff6ff", "dbeafe", "bfdbfe", "93c5fd", "60a5fa", "3b82f6", "2563eb", "1d4ed8", "1e40af", "1e3a8a", "172554")
_PRIMARY = {str(shade): f"#{tone}" for shade, tone in zip(_SHADES, _BLUE, strict=True)}
# Views of Django's own that find objects whatever their team, or that nothing here needs.
CLOSED = frozenset({"view_on_site", "search"})


OperatorsView = Callable[[HttpRequest], HttpResponse]


class BellhopAdminSite(_Site):
    """The admin for a team's people: one team at a time, nothing but that team's things."""

    site_header = "Bellhop"
    site_title = "Bellhop"
    index_title = "Overview"
    index_template = "teams/admin/index.html"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._panels: list[tuple[int, PanelMaker]] = []
        self._beside: dict[type[Model], list[BesideMaker]] = {}
        self._deeds: dict[type[Model], list[Deed]] = {}
        self._operators_pages: list[OperatorsPage] = []

    def panel(self, order: int) -> Callable[[PanelMaker], PanelMaker]:
        """Put what the decorated function makes on the first page; parts stand by `order`."""

        def put(maker: PanelMaker) -> PanelMaker:
            self._panels.append((order, maker))
            return maker

        return put

    def beside(self, model: type[Model]) -> Callable[[BesideMaker], BesideMaker]:
        """Put what the decorated function makes below an object's page; it may come from an app above the model's."""

        def put(maker: BesideMaker) -> BesideMaker:
            self._beside.setdefault(model, []).append(maker)
            return maker

        return put

    def deed(self, model: type[Model]) -> Callable[["Deed"], "Deed"]:
        """Offer the decorated action on a model's objects; it may come from an app above the model's."""

        def put(deed: "Deed") -> "Deed":
            self._deeds.setdefault(model, []).append(deed)
            return deed

        return put

    def deeds_of(self, model: type[Model]) -> list["Deed"]:
        """What other apps can do to such an object."""
        return list(self._deeds.get(model, []))

    def operators_page(self, route: str, name: str, menu: Menu) -> Callable[[OperatorsView], OperatorsView]:
        """Serve the decorated view at /admin/`route` to superusers, and to nobody else."""

        def put(view: OperatorsView) -> OperatorsView:
            self._operators_pages.append(OperatorsPage(route, name, menu, view))
            return view

        return put

    def panels_beside(self, request: HttpRequest, target: Model) -> list[Panel]:
        """What other apps have to show about this object."""
        seat, now = seat_of(request), timezone.now()
        if seat is None:
            return []
        made = [make(target, seat.actor, now) for make in self._beside.get(type(target), [])]
        return [panel for panel in made if panel]

    def has_permission(self, request: HttpRequest) -> bool:
        """Superusers, and whoever is in a team."""
        user = request.user
        return isinstance(user, User) and user.is_active and (user.is_superuser or seat_of(request) is not None)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return csp_replace(CSP)(super().admin_view(view, cacheable))

    def get_urls(self) -> list[Any]:
        own = [path("team/", self.admin_view(self.switch_team), name="switch_team")]
        own += [
            path(each.route, self.admin_view(_for_operators(each.view)), name=each.name)
            for each in self._operators_pages
        ]
        return own + [_closed(pattern) for pattern in super().get_urls()]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one login page; whoever is logged in and still may not enter is told so."""
        target = request.GET.get("next", reverse("admin:index"))
        if self.has_permission(request):
            safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
            return HttpResponseRedirect(target if safe else reverse("admin:index"))
        if request.user.is_authenticated:
            raise PermissionDenied("You are in no team yet. Ask a team's admin to add you.")
        return redirect_to_login(target)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return LogoutView.as_view()(request)

    def switch_team(self, request: HttpRequest) -> HttpResponse:
        """POST {team: slug}: look at another of one's own teams."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        team = choose_team(request, request.POST.get("team", ""))
        if team is None:
            raise Http404("No such team")
        messages.info(request, f"You are looking at {team.name} now.")
        return HttpResponseRedirect(reverse("admin:index"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """What needs somebody in this team, part by part."""
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "subtitle": None,
            "panels": self._made_panels(request),
            "operators_pages": self._operators_pages if is_operator(request) else [],
            "index": True,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template, context)

    def _made_panels(self, request: HttpRequest) -> list[Panel]:
        seat, now = seat_of(request), timezone.now()
        if seat is None:
            return []
        return [make(seat.team, seat.actor, now) for _, make in sorted(self._panels, key=lambda entry: entry[0])]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        team = current_team(request)
        user = request.user
        teams = teams_of(user).order_by("name")[:MOST_TEAMS] if isinstance(user, User) else []
        return {
            **context,
            "site_title": f"{team.name} · Bellhop" if team else "Bellhop",
            "site_header": "Bellhop",
            "site_url": reverse("home"),
            "site_symbol": "notifications_active",
            "colors": {**(context["colors"] or {}), "primary": _PRIMARY},
            "border_radius": "6px",
            "show_history": True,
            "show_back_button": True,
            "site_favicons": [{"href": static("bellhop/icon.svg"), "rel": "icon", "type": "image/svg+xml"}],
            "styles": [static("bellhop/admin.css")],
            "scripts": [static("bellhop/admin.js")],
            "team": team,
            "other_teams": [other for other in teams if other != team],
        }

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The registered pages by group, in the product's words; only what the person may see."""
        lines: dict[str, list[tuple[int, dict[str, Any]]]] = {group: [] for group in GROUPS}
        for model, model_admin in self._registry.items():
            menu: Menu | None = getattr(model_admin, "menu", None)
            if menu and model_admin.has_view_permission(request):
                link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                lines[menu.group].append((menu.order, _line(request, menu.title, menu.icon, link)))
        for page in self._operators_pages if is_operator(request) else []:
            line = _line(request, page.menu.title, page.menu.icon, reverse(page.url_name))
            lines[page.menu.group].append((page.menu.order, line))
        overview = _line(request, "Overview", "space_dashboard", reverse("admin:index"), exact=True)
        return [{"title": "", "items": [overview]}] + [
            {"title": group, "items": [line for _, line in sorted(found, key=lambda entry: entry[0])]}
            for group, found in lines.items()
            if found
        ]


def is_operator(request: HttpRequest) -> bool:
    """Whether a superuser asks."""
    return isinstance(request.user, User) and request.user.is_active and request.user.is_superuser


def _for_operators(view: OperatorsView) -> OperatorsView:
    def ask(request: HttpRequest) -> HttpResponse:
        if not is_operator(request):
            raise PermissionDenied
        return view(request)

    return ask


def _line(request: HttpRequest, title: str, icon: str, link: str, exact: bool = False) -> dict[str, Any]:
    active = request.path == link if exact else request.path.startswith(link)
    return {"title": title, "icon": icon, "link": link, "active": active, "has_permission": True}


def _closed(pattern: Any) -> Any:
    """The same address; one that is closed answers 404 to everybody."""
    if not isinstance(pattern, URLPattern) or pattern.name not in CLOSED:
        return pattern
    return URLPattern(pattern.pattern, _not_here, pattern.default_args, pattern.name)


def _not_here(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404("There is no such page")


site = BellhopAdminSite()
