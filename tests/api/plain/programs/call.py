"""One request, as the published documentation shows it: python call.py METHOD URL CREDENTIAL BODY."""

import sys

import requests

method, url, credential, body = sys.argv[1:]
headers = {}
if credential:
    name, value = credential.split(": ", 1)
    headers[name] = value
if body:
    headers["Content-Type"] = "application/json"
reply = requests.request(method, url, headers=headers, data=body.encode() or None, timeout=20)
sys.stdout.write(f"{reply.status_code}\n{reply.text}\n")
