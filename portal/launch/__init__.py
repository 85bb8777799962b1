"""``make run``: one process that checks, prepares, starts the web server and the mail worker, and ends both.

It imports nothing of the portal, whose import takes about a second: the web server is to answer within two.
"""
