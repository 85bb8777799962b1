"""A roster: the list of an organization's people as it should be, and the plan that makes it so.

Whoever is in the list and not in the organization is invited, whoever differs is changed, whoever is not in the list is
removed, and an invitation to nobody in the list is canceled. It happens as a whole or not at all.
"""

from .apply import Applied, apply
from .plan import Person, Step

__all__ = ["Applied", "Person", "Step", "apply"]
