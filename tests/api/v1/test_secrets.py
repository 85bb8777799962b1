"""ATTACKS 3: every reply of every operation, for each role, holds no secret."""

import pytest

from portal import links
from portal.models import ROLES, ApiToken, Invitation
from tests.api.scripts import secrets_of

from .calls import NAMES

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("name", NAMES)
def test_attack_3_no_reply_holds_a_mailed_link_or_a_hash(world, every, script, name):
    """ATTACKS 3: no mailed link, no token hash, no password hash, ever; and no token's secret but its maker's."""
    ids = [row.id for row in world.session.query(Invitation)]
    callers = [script(role) for role in ("owner", "admin", "manager", "billing_manager", "member") if role in ROLES]
    hints = [token.hint for token in world.session.query(ApiToken)]
    forbidden = secrets_of(world, lambda key: links.invitation_token(key, 1, links.Kind.MAILED), ids)
    forbidden += [links.invitation_token(key, 2, links.Kind.MAILED) for key in ids]
    assert hints
    for caller in reversed(callers):
        reply = every[name].send(caller)
        text = reply.get_data(as_text=True) + str(reply.headers)
        assert not [secret for secret in forbidden if secret in text]
        assert caller.headers["Authorization"].removeprefix("Bearer ") not in text
