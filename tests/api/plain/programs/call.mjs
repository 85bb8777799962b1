// One request, as the published documentation shows it: node call.mjs METHOD URL CREDENTIAL BODY.
const [method, url, credential, body] = process.argv.slice(2);
const headers = {};
if (credential) {
  const colon = credential.indexOf(": ");
  headers[credential.slice(0, colon)] = credential.slice(colon + 2);
}
if (body) headers["Content-Type"] = "application/json";
const reply = await fetch(url, { method, headers, body: body || undefined });
console.log(reply.status);
console.log(await reply.text());
