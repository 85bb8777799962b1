"""Mail on its way: the outbox that the rules write to, and handing over to a server.

Composing a mail and the loop that sends stand left of the rules, in ``portal.worker``: a mail shows what they show.
"""
