"""Login and password reset: limited, equal answers for known and unknown, no way to be led elsewhere."""

import re
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from teams import limits, mails
from teams.models import Counter, Invitation, User
from tests.conftest import Cast
from tests.factories import MembershipFactory, TeamFactory, UserFactory
from tests.patience import PATIENT

PASSWORD = "correct horse battery"
WRONG = "The e-mail address or the password is wrong."


@pytest.fixture(autouse=True)
def still() -> Any:
    """Time moves within one window of every limit, unless a test moves it."""
    with time_machine.travel(datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC), tick=True) as clock:
        yield clock


def login(client: Client, username: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/login/", {"username": username, "password": password}, **extra)


def failure(response: Any) -> tuple[int, str]:
    """Status and page, without what differs by request."""
    page = re.sub(r'value="[^"]*"', "", response.content.decode())
    return response.status_code, page


def mails_after(seconds: float = PATIENT) -> list[Any]:
    """What was mailed; mails leave beside the request, so wait for the first one."""
    deadline = time.monotonic() + seconds
    while not mail.outbox and time.monotonic() < deadline:
        time.sleep(0.01)
    return list(mail.outbox)


def test_the_start_leads_to_the_login_and_the_login_to_the_team(cast: Cast, client: Client) -> None:
    assert client.get("/").headers["Location"] == "/login/"

    page = client.get("/login/").content.decode()
    after = login(client, "Member@Example.com", follow=True)

    assert 'name="username"' in page
    assert 'name="password"' in page
    assert after.redirect_chain[-1][0].startswith("/t/ops/")
    assert after.status_code == 200


def test_several_teams_are_a_list_and_none_is_said(cast: Cast, client: Client) -> None:
    MembershipFactory.create(team=TeamFactory.create(name="Second", slug="second"), user=cast.member)
    client.force_login(cast.member)
    page = client.get("/").content.decode()
    assert 'href="/t/ops/"' in page
    assert 'href="/t/second/"' in page
    assert "Rivals" not in page

    client.force_login(UserFactory.create(email="alone@example.com"))
    assert "You belong to no team yet" in client.get("/").content.decode()


def test_logging_out_needs_a_post_and_ends_the_session(cast: Cast, client: Client) -> None:
    client.force_login(cast.member)

    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get("/").headers["Location"] == "/login/"


def test_the_session_key_rotates_at_login(cast: Cast, client: Client) -> None:
    client.force_login(cast.viewer)
    before = client.session.session_key

    client.post("/logout/")
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    login(client, "member@example.com")

    assert client.session.session_key not in {before, planted}


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere_after_login(cast: Cast, client: Client, address: str) -> None:
    response = client.post(f"/login/?next={address}", {"username": "member@example.com", "password": PASSWORD})
    assert response.headers["Location"] == "/"

    client.post("/logout/")
    response = client.post("/login/", {"username": "member@example.com", "password": PASSWORD, "next": address})
    assert response.headers["Location"] == "/"


def test_after_login_one_is_where_one_wanted_to_be(cast: Cast, client: Client) -> None:
    address = client.get("/t/ops/team/?x=1").headers["Location"]
    assert address == "/login/?next=/t/ops/team/%3Fx%3D1"

    after = client.post(address, {"username": "member@example.com", "password": PASSWORD})

    assert after.headers["Location"] == "/t/ops/team/?x=1"


def test_a_wrong_password_an_unknown_and_a_deactivated_person_get_one_answer(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.viewer.pk).update(is_active=False)

    answers = {
        failure(login(client, "member@example.com", "wrong")),
        failure(login(client, "nobody@example.com", "wrong")),
        failure(login(client, "viewer@example.com", PASSWORD)),
        failure(login(client, "not an address", "wrong")),
    }

    assert len(answers) == 1
    status, page = answers.pop()
    assert status == 200
    assert WRONG in page


@pytest.mark.parametrize("email", ["member@example.com", "nobody@example.com"])
def test_an_account_is_guessed_ten_times_and_then_not_even_right(cast: Cast, client: Client, email: str) -> None:
    answers = [login(client, email.upper() if n % 2 else email, "wrong").status_code for n in range(11)]
    refusal = login(client, email)

    assert answers == [200] * 10 + [429]
    assert refusal.status_code == 429
    assert "Too many attempts. Try again in 15 min." in refusal.content.decode()
    assert login(Client(), "viewer@example.com").status_code == 302


def test_letters_that_are_alike_in_upper_case_are_another_account(cast: Cast, client: Client) -> None:
    """PostgreSQL's upper case of a dotless i is I: each such spelling would bring ten more guesses."""
    assert User.objects.with_email(" VIEWER@Example.com ").get() == cast.viewer
    assert not User.objects.with_email("v\u0131ewer@example.com").exists()
    assert failure(login(client, "v\u0131ewer@example.com")) == failure(login(client, "nobody@example.com", "wrong"))


def test_a_limit_ends_with_its_window(cast: Cast, client: Client, still: Any) -> None:
    for _ in range(11):
        login(client, "member@example.com", "wrong")

    still.shift(900)

    assert login(client, "member@example.com").status_code == 302


def test_an_address_guesses_fifty_times_over_all_accounts(cast: Cast, client: Client) -> None:
    for n in range(50):
        assert login(client, f"person{n}@example.com", "wrong").status_code == 200

    assert login(client, "member@example.com").status_code == 429
    assert login(client, "member@example.com", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_logins_that_succeed_count_for_nothing(cast: Cast) -> None:
    for _ in range(12):
        assert login(Client(), "member@example.com").status_code == 302

    assert set(Counter.objects.values_list("count", flat=True)) == {0}


def test_no_address_or_account_stands_in_the_counters(cast: Cast, client: Client) -> None:
    login(client, "member@example.com", "wrong")

    assert not [key for key in Counter.objects.values_list("key", flat=True) if "member" in key or "127" in key]


@pytest.mark.parametrize(
    ("remote", "forwarded", "counted"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),
        ("10.0.0.5", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.5", "6.6.6.6, 198.51.100.9", "198.51.100.9"),
        ("10.0.0.5", "198.51.100.9, 10.0.0.6", "198.51.100.9"),
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "rubbish", "10.0.0.5"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("", "", ""),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(
    settings: Settings, rf: Any, remote: str, forwarded: str, counted: str
) -> None:
    settings.BELLHOP_TRUSTED_PROXIES = ["10.0.0.0/8", "not a network"]
    request = rf.get("/", REMOTE_ADDR=remote, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}))

    assert limits.client_address(request) == counted


def ask(client: Client, email: str, **extra: Any) -> Any:
    return client.post("/reset/", {"email": email}, **extra)


def test_a_reset_link_sets_a_new_password_once_and_ends_sessions(cast: Cast, client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(cast.member)
    ask(client, "MEMBER@example.com")
    link = re.search(r"http://127\.0\.0\.1:8000(/reset/\S+)", mails_after()[0].body)
    assert link is not None

    form = client.get(link[1], follow=True)
    done = client.post(
        form.redirect_chain[-1][0], {"new_password1": "a fresh long one", "new_password2": "a fresh long one"}
    )

    assert done.headers["Location"] == "/reset/done/"
    assert client.get("/reset/done/").status_code == 200
    assert login(client, "member@example.com", "a fresh long one").status_code == 302
    assert elsewhere.get("/").headers["Location"] == "/login/"
    assert "does not work any more" in Client().get(link[1], follow=True).content.decode()


def test_reset_mails_hold_the_configured_address_whatever_the_host_header_says(
    cast: Cast, client: Client, settings: Settings
) -> None:
    settings.BELLHOP_BASE_URL = "https://bellhop.example.com"
    settings.ALLOWED_HOSTS = ["*"]

    ask(client, "member@example.com", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    sent = mails_after()[0]
    assert "https://bellhop.example.com/reset/" in sent.body
    assert "evil.example" not in str(sent.message())
    assert sent.to == ["member@example.com"]


def test_an_unknown_host_is_refused(cast: Cast, client: Client) -> None:
    assert client.get("/login/", headers={"Host": "evil.example"}).status_code == 400


def test_the_answer_to_a_reset_does_not_say_who_exists(cast: Cast) -> None:
    User.objects.filter(pk=cast.viewer.pk).update(is_active=False)
    answers = {
        (response.status_code, response.headers["Location"])
        for response in (ask(Client(), f"{who}@example.com") for who in ("member", "nobody", "viewer"))
    }

    assert answers == {(302, "/reset/sent/")}
    assert [sent.to for sent in mails_after()] == [["member@example.com"]]
    assert Client().get("/reset/sent/").status_code == 200


def test_an_account_gets_three_reset_mails_an_hour_in_silence(cast: Cast) -> None:
    answers = {ask(Client(), "member@example.com").status_code for _ in range(5)}
    for thread in [each for each in threading.enumerate() if each.name == "password-mail"]:
        thread.join(PATIENT)

    assert answers == {302}
    assert len(mail.outbox) == 3


def test_an_address_asks_for_twenty_resets_an_hour(cast: Cast, client: Client) -> None:
    answers = [ask(client, f"nobody{n}@example.com").status_code for n in range(21)]

    assert answers == [302] * 20 + [429]


def test_a_hostile_team_name_stays_in_its_line_of_a_mail(cast: Cast, now: datetime) -> None:
    cast.team.name = "Ops\r\nBcc: all@example.com\n<b>"
    invitation = Invitation(
        team=cast.team, inviter=cast.owner, email="new@example.com", created_at=now, expires_at=now + timedelta(days=7)
    )

    mails.send_invitation(invitation, "token")

    (message,) = mails_after()
    assert message.message()["Subject"] == "Owner invites you to Ops Bcc: all@example.com <b> on Bellhop"
    assert message.message()["Bcc"] is None


def test_a_mail_server_that_is_down_fails_no_request(cast: Cast, client: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert ask(client, "member@example.com").status_code == 302
