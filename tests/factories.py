"""Rows for tests, made the short way; what services must guarantee is tested through the services."""

import factory

from alerts.models import Test
from teams.models import Membership, Role, Team, User


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password("correct horse battery")


class TeamFactory(factory.django.DjangoModelFactory[Team]):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")
    slug = factory.Sequence(lambda n: f"team-{n}")


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    team = factory.SubFactory(TeamFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.MEMBER


class TestFactory(factory.django.DjangoModelFactory[Test]):
    __test__ = False

    class Meta:
        model = Test

    team = factory.SubFactory(TeamFactory)
    slug = factory.Sequence(lambda n: f"test-{n}")
    name = factory.Sequence(lambda n: f"Test {n}")
