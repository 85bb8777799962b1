"""The plan: what has to be done to each person, and whether the caller may do it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from .. import permissions
from ..addresses import normalise
from ..errors import NoSitesChosen, PortalError, RestrictionNeedsMember, RosterRefused, SaidTwice, UnknownRole
from ..models import RANKS
from ..permissions import Permission
from ..text import shortened
from .held import Access, Held

NAMED = 20  # of those who were refused, in the sentence


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they should be. What is None was not said: it stays, and is nothing for somebody new.

    No sites at all means every site, as in ``memberships.Access``; a newcomer of whom none were said reaches every one.
    """

    address: str
    role: str
    sites: tuple[int, ...] | None = None
    teams: tuple[tuple[UUID, str], ...] | None = None
    projects: tuple[tuple[UUID, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one person: ``deed`` is ``invite``, ``change``, ``keep`` or ``remove``.

    ``what`` is ``member`` or ``invitation``, ``key`` its id (None before it is made), ``index`` the place in the list.
    """

    deed: str
    address: str
    what: str
    key: UUID | None
    before: Access | None
    after: Access | None
    index: int | None = None


def planned(people: Sequence[Person], there: dict[str, Held]) -> list[Step]:
    """The steps, those of the list in its order, then the removals by address.

    Raises NotAnAddress, SaidTwice, UnknownRole, RestrictionNeedsMember or NoSitesChosen; ``about`` is the index.
    """
    listed: dict[str, Step] = {}
    for index, person in enumerate(people):
        try:
            address = normalise(person.address)
            if address in listed:
                raise SaidTwice(address=address)
            listed[address] = _step(index, address, person, there.get(address))
        except PortalError as error:
            error.about = index
            raise
    gone = [there[address] for address in sorted(there.keys() - listed.keys())]
    return [*listed.values(), *(Step("remove", h.address, h.what, h.key, h.access, None) for h in gone)]


def _step(index: int, address: str, person: Person, held: Held | None) -> Step:
    if person.role not in RANKS:
        raise UnknownRole(role=shortened(person.role))
    after = _wanted(person, held.access if held else None)
    if held is None:
        return Step("invite", address, "invitation", None, None, after, index)
    deed = "keep" if after == held.access else "change"
    return Step(deed, address, held.what, held.key, held.access, after, index)


def _wanted(person: Person, now: Access | None) -> Access:
    had = now or Access(person.role)
    return Access(
        person.role,
        _sites(person, had),
        frozenset(person.teams) if person.teams is not None else had.teams,
        frozenset(person.projects) if person.projects is not None else had.projects,
    )


def _sites(person: Person, had: Access) -> frozenset[int] | None:
    if person.role != "member":
        if person.sites:
            raise RestrictionNeedsMember()
        return None
    if person.sites is not None:
        return frozenset(person.sites) or None
    if had.role != "member":
        raise NoSitesChosen()
    return had.sites


def check(steps: Sequence[Step], role: str, actor_id: UUID | None) -> None:
    """Raises RosterRefused with everybody whom somebody with ``role`` may not touch so."""
    refused = [step.address for step in steps if not _may(step, role, actor_id)]
    if refused:
        named = ", ".join(refused[:NAMED]) + ("…" if len(refused) > NAMED else "")
        raise RosterRefused(people=refused, count=len(refused), named=named)


def _may(step: Step, role: str, actor_id: UUID | None) -> bool:
    before, after = step.before, step.after
    if step.deed == "keep":
        return True
    if step.what == "invitation":
        return all(permissions.may_offer(role, each.role) for each in (before, after) if each is not None)
    assert before is not None
    if after is None:
        return step.key == actor_id or permissions.may_manage(role, before.role)
    moved = (before.teams, before.projects) != (after.teams, after.projects)
    return permissions.may_give(role, before.role, after.role) and (
        not moved or permissions.allows(role, Permission.MANAGE_PLACES)
    )


def of_deed(steps: Sequence[Step], deed: str, what: str = "") -> Iterator[Step]:
    """The steps of a deed, to members or to invitations if one is said."""
    return (step for step in steps if step.deed == deed and what in ("", step.what))


def with_keys(steps: Sequence[Step], made: dict[str, Any]) -> list[Step]:
    """The steps, those that invited with the id of the invitation that they made."""
    return [replace(step, key=made.get(step.address, step.key)) for step in steps]
