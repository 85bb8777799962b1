"""The rule behind the page: another's session does not move an account, whoever holds the link."""

import pytest

from portal import links, profiles
from portal.database import new_id
from portal.errors import BadLink


@pytest.mark.sqlite
def test_a_link_moves_only_the_account_that_asked_for_it(world):
    token = links.address_token(world.user("member"), "new@example.com")
    with pytest.raises(BadLink):
        profiles.change_address(world.session, world["admin"], token, world.now, keep=new_id())
    assert world.email("member") == "member@northwind.example.com"
