// An unmodified better-auth client, with its organization plugin and teams, does what people do with it.
import assert from "node:assert/strict";
import { createAuthClient } from "better-auth/client";
import { organizationClient } from "better-auth/client/plugins";

const [baseURL, password] = process.argv.slice(2);

// A browser keeps cookies and says where its page is from; Node's fetch does neither.
function browser() {
  const jar = new Map();
  const fetchWithCookies = async (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("Origin", baseURL);
    if (jar.size) headers.set("Cookie", [...jar].map((pair) => pair.join("=")).join("; "));
    const reply = await fetch(input, { ...init, headers });
    for (const line of reply.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split("; ");
      const [name, ...value] = pair.split("=");
      if (attributes.includes("Max-Age=0")) jar.delete(name);
      else jar.set(name, value.join("="));
    }
    return reply;
  };
  const client = createAuthClient({
    baseURL,
    plugins: [organizationClient({ teams: { enabled: true } })],
    fetchOptions: { customFetchImpl: fetchWithCookies },
  });
  return { client, jar };
}

// What came back; an error ends the walk.
async function well(call) {
  const { data, error } = await call;
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

// The error's code and status; anything else ends the walk.
async function refused(call, status, code) {
  const { data, error } = await call;
  assert.equal(data, null);
  assert.deepEqual([error.status, error.code], [status, code]);
}

const owner = browser();
const { organization } = owner.client;
assert.equal(await well(owner.client.getSession()), null);
await refused(
  owner.client.signUp.email({ name: "Eve", email: "eve@example.com", password }),
  400,
  "EMAIL_PASSWORD_SIGN_UP_DISABLED",
);
await refused(owner.client.signIn.email({ email: "ines@example.com", password: "wrong" }), 401, "INVALID_EMAIL_OR_PASSWORD");
await refused(organization.list(), 401, "UNAUTHORIZED");
const welcome = await well(owner.client.signIn.email({ email: "ines@example.com", password, rememberMe: false }));
assert.equal(welcome.user.email, "ines@example.com");
assert.ok(![...owner.jar.values()].includes(welcome.token));
const first = await well(owner.client.getSession());
assert.equal(first.session.token, welcome.token);
assert.ok(first.session.expiresAt instanceof Date);

// Organizations
assert.deepEqual(await well(organization.checkSlug({ slug: "northwind" })), { status: true });
const made = await well(organization.create({ name: "Northwind", slug: "northwind", metadata: { plan: "pro" } }));
assert.equal(made.members[0].role, "owner");
assert.deepEqual(made.metadata, { plan: "pro" });
await refused(organization.checkSlug({ slug: "northwind" }), 400, "ORGANIZATION_SLUG_ALREADY_TAKEN");
await refused(organization.create({ name: "Other", slug: "northwind" }), 400, "ORGANIZATION_ALREADY_EXISTS");
assert.equal((await well(owner.client.getSession())).session.activeOrganizationId, made.id);
const renamed = await well(organization.update({ organizationId: made.id, data: { name: "Northwind Traders" } }));
assert.equal(renamed.name, "Northwind Traders");
assert.deepEqual((await well(organization.list())).map((each) => each.id), [made.id]);
const { success } = await well(organization.hasPermission({ permissions: { invitation: ["create"], organization: ["delete"] } }));
assert.equal(success, true);
assert.equal(organization.checkRolePermission({ role: "member", permissions: { invitation: ["create"] } }), false);

// Teams
const team = await well(organization.createTeam({ name: "Platform", organizationId: made.id }));
const spare = await well(organization.createTeam({ name: "Spare" }));
await well(organization.updateTeam({ teamId: spare.id, data: { name: "Support" } }));
assert.deepEqual((await well(organization.listTeams())).map((each) => each.name), ["Platform", "Support"]);

// Inviting
const invitation = await well(organization.inviteMember({ email: "new@example.com", role: "member", teamId: team.id }));
assert.equal(invitation.status, "pending");
assert.equal(invitation.teamId, team.id);
assert.ok(invitation.expiresAt instanceof Date && invitation.expiresAt > new Date());
await refused(
  organization.inviteMember({ email: "New@Example.com", role: "member" }),
  400,
  "USER_IS_ALREADY_INVITED_TO_THIS_ORGANIZATION",
);
const again = await well(organization.inviteMember({ email: "new@example.com", role: ["member"], resend: true }));
assert.equal(again.id, invitation.id);
assert.equal(again.teamId, team.id);
const gone = await well(organization.inviteMember({ email: "gone@example.com", role: ["member", "admin"] }));
assert.equal(gone.role, "admin");
const canceled = await well(organization.cancelInvitation({ invitationId: gone.id }));
assert.equal(canceled.status, "canceled");
await refused(organization.cancelInvitation({ invitationId: gone.id }), 400, "INVITATION_NOT_FOUND");
const declined = await well(organization.inviteMember({ email: "no@example.com", role: "member" }));
const listed = await well(organization.listInvitations({ query: { organizationId: made.id } }));
assert.deepEqual(listed.map((each) => each.id).sort(), [invitation.id, gone.id, declined.id].sort());
const full = await well(organization.getFullOrganization());
assert.deepEqual([full.members.length, full.invitations.length, full.teams.length], [1, 3, 2]);
await refused(organization.getInvitation({ query: { id: invitation.id } }), 403, "YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION");

// The invitee accepts
const invitee = browser();
await well(invitee.client.signIn.email({ email: "new@example.com", password }));
const mine = await well(invitee.client.organization.listUserInvitations());
assert.deepEqual(mine.map((each) => each.organizationName), ["Northwind Traders"]);
const seen = await well(invitee.client.organization.getInvitation({ query: { id: invitation.id } }));
assert.deepEqual([seen.organizationSlug, seen.inviterEmail], ["northwind", "ines@example.com"]);
const accepted = await well(invitee.client.organization.acceptInvitation({ invitationId: invitation.id }));
assert.equal(accepted.invitation.status, "accepted");
assert.equal(accepted.member.role, "member");
const now = (await well(invitee.client.getSession())).session;
assert.deepEqual([now.activeOrganizationId, now.activeTeamId], [made.id, team.id]);
assert.equal((await well(invitee.client.organization.getActiveMember())).id, accepted.member.id);
assert.deepEqual(await well(invitee.client.organization.getActiveMemberRole()), { role: "member" });
assert.deepEqual((await well(invitee.client.organization.listUserTeams())).map((each) => each.id), [team.id]);
assert.equal((await well(invitee.client.organization.listTeamMembers()))[0].userId, accepted.member.userId);
assert.deepEqual((await well(invitee.client.organization.getFullOrganization())).invitations, []);
await refused(
  invitee.client.organization.inviteMember({ email: "x@example.com", role: "member" }),
  403,
  "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION",
);
await refused(invitee.client.organization.listInvitations(), 403, "YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS");
await refused(
  invitee.client.organization.removeMember({ memberIdOrEmail: "ines@example.com" }),
  401,
  "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER",
);
assert.equal(await well(invitee.client.organization.setActiveTeam({ teamId: null })), null);
assert.equal((await well(invitee.client.organization.setActiveTeam({ teamId: team.id }))).id, team.id);

// Another one declines
const other = browser();
await well(other.client.signIn.email({ email: "no@example.com", password }));
const rejected = await well(other.client.organization.rejectInvitation({ invitationId: declined.id }));
assert.deepEqual([rejected.invitation.status, rejected.member], ["rejected", null]);
await refused(other.client.organization.acceptInvitation({ invitationId: declined.id }), 400, "INVITATION_NOT_FOUND");

// Members
const members = await well(organization.listMembers({ query: { organizationId: made.id, limit: 1, offset: 1 } }));
assert.deepEqual([members.total, members.members[0].user.email], [2, "new@example.com"]);
const raised = await well(organization.updateMemberRole({ memberId: accepted.member.id, role: "admin" }));
assert.equal(raised.role, "admin");
await refused(
  organization.updateMemberRole({ memberId: made.members[0].id, role: "member" }),
  400,
  "YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER",
);
await refused(organization.leave({ organizationId: made.id }), 400, "YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER");
assert.equal((await well(organization.addTeamMember({ teamId: spare.id, userId: welcome.user.id }))).teamId, spare.id);
assert.match((await well(organization.removeTeamMember({ teamId: spare.id, userId: welcome.user.id }))).message, /removed/);
assert.match((await well(organization.removeTeam({ teamId: spare.id }))).message, /removed/);
const removed = await well(organization.removeMember({ memberIdOrEmail: "new@example.com" }));
assert.equal(removed.member.id, accepted.member.id);

// Away
assert.equal(await well(organization.setActive({ organizationId: null })), null);
assert.equal((await well(organization.setActive({ organizationSlug: "northwind" }))).id, made.id);
assert.equal((await well(organization.delete({ organizationId: made.id }))).id, made.id);
assert.deepEqual(await well(organization.list()), []);
assert.deepEqual(await well(owner.client.signOut()), { success: true });
assert.equal(owner.jar.size, 0);
assert.equal(await well(owner.client.getSession()), null);
console.log("walked");
