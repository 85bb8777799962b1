// better-auth with its organization plugin and teams: node server.mjs PORT sqlite:FILE|postgresql://…
//
// Its limits are raised so that they really hold (by default its adapter cuts every list at 100 rows, the one that the
// invitation limit counts among them); its rate limit is off; mail goes nowhere. SQLite waits for the disk as the
// portal's does.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { organization } from "better-auth/plugins";
import Database from "better-sqlite3";
import pg from "pg";

const [port, url] = process.argv.slice(2);
const MANY = 10_000_000;

function database() {
  if (!url.startsWith("sqlite:")) return new pg.Pool({ connectionString: url, max: 10 });
  const file = new Database(url.slice("sqlite:".length));
  for (const setting of ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"]) file.pragma(setting);
  return file;
}

const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: "a key for a benchmark, thrown away 0123456789",
  database: database(),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  advanced: { database: { defaultFindManyLimit: MANY } },
  plugins: [
    organization({
      teams: { enabled: true },
      membershipLimit: MANY,
      invitationLimit: MANY,
      invitationExpiresIn: 7 * 24 * 3600,
      sendInvitationEmail: async () => {},
    }),
  ],
};

const { runMigrations } = await getMigrations(options);
await runMigrations();
createServer(toNodeHandler(betterAuth(options))).listen(Number(port), "127.0.0.1");
