// The server's tables, version by version. A step that has been released is never edited: add another.
// Must not know how the tables are used.

import type { EntryKind } from "../domain/entry.ts";
import { type Role, ROLES } from "../domain/role.ts";
import { StoreFailure } from "../ports.ts";
import type { Membership } from "../ports/server-store.ts";

// `device` rows outlive their account (account is then NULL): entries go on naming their sender.
// `log.trimmed` is the highest seq ever deleted, so that the head of an emptied log is remembered.
// `recent` holds the newest entries of all logs in the order of arrival: the writes of a tick then fall on a few
// neighbouring pages, and what is delivered at once never reaches `entry`, whose rows lie log by log. Within a log
// everything in `recent` is newer than everything in `entry`.
// `recent` checks no foreign keys: its numbers come from the rows they name, and checking them is a third of an insert.
// A key package handed out keeps its row, without its body: it must not come back by being published again.
const VERSION_1 = `
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  n INTEGER PRIMARY KEY,
  fold TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  skeleton TEXT NOT NULL UNIQUE,
  identity BLOB NOT NULL,
  time INTEGER NOT NULL
) STRICT;

CREATE TABLE device (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  account INTEGER REFERENCES account (n),
  credential BLOB
) STRICT;
CREATE INDEX device_of_account ON device (account) WHERE account IS NOT NULL;

CREATE TABLE key_package (
  n INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device (n),
  id TEXT NOT NULL,
  last_resort INTEGER NOT NULL,
  body BLOB,
  UNIQUE (device, id)
) STRICT;
CREATE INDEX key_package_held ON key_package (device, last_resort, n) WHERE body IS NOT NULL;

CREATE TABLE log (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  creator INTEGER NOT NULL REFERENCES device (n),
  trimmed INTEGER NOT NULL DEFAULT 0,
  info BLOB
) STRICT;

CREATE TABLE member (
  log INTEGER NOT NULL REFERENCES log (n),
  device INTEGER NOT NULL REFERENCES device (n),
  cursor INTEGER NOT NULL,
  PRIMARY KEY (log, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_of_device ON member (device);

CREATE TABLE entry (
  log INTEGER NOT NULL REFERENCES log (n),
  seq INTEGER NOT NULL,
  sender INTEGER NOT NULL REFERENCES device (n),
  id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  time INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (log, seq),
  UNIQUE (log, sender, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE recent (
  n INTEGER PRIMARY KEY,
  log INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  time INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
`;

// `log.expired` is the seq of the newest entry that was deleted for its age before everyone it was for had passed it.
const VERSION_2 = `
ALTER TABLE log ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
`;

// `log.began` is the seq of the commit that began the log's epoch, 0 when none did or when that is not known.
// `member.until` is set where a device was removed from a group: its row stays until the cursor is there.
// A group has a row in `group_rules` until it has ended; a closed one's name is free.
// `departure` holds the statements of devices that left and are still in the group's tree.
// `past_info` holds the GroupInfos of a group's former epochs, each for as long as the commit that began the epoch.
const VERSION_3 = `
ALTER TABLE log ADD COLUMN began INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN until INTEGER;

CREATE TABLE group_rules (
  log INTEGER PRIMARY KEY REFERENCES log (n),
  fold TEXT NOT NULL,
  skeleton TEXT NOT NULL,
  closed INTEGER NOT NULL,
  rules BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX group_of_fold ON group_rules (fold) WHERE closed = 0;
CREATE UNIQUE INDEX group_of_skeleton ON group_rules (skeleton) WHERE closed = 0;

CREATE TABLE departure (
  log INTEGER NOT NULL REFERENCES log (n),
  device INTEGER NOT NULL REFERENCES device (n),
  statement BLOB NOT NULL,
  PRIMARY KEY (log, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE past_info (
  n INTEGER PRIMARY KEY,
  log INTEGER NOT NULL REFERENCES log (n),
  epoch INTEGER NOT NULL,
  began INTEGER NOT NULL,
  info BLOB NOT NULL,
  UNIQUE (log, epoch)
) STRICT;
`;

// `blob` is a file's sealed chunks, which lie elsewhere; `size` is theirs, `sender` the device that began it. Once it is freed
// the row stays for its sender, until it is too old. `blob_device` is for whom it is: since a message has told of it.
const VERSION_4 = `
CREATE TABLE blob (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  log INTEGER NOT NULL REFERENCES log (n),
  sender INTEGER NOT NULL REFERENCES device (n),
  size INTEGER NOT NULL,
  time INTEGER NOT NULL,
  told INTEGER NOT NULL DEFAULT 0,
  freed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX blob_of_sender ON blob (sender);

CREATE TABLE blob_device (
  blob INTEGER NOT NULL REFERENCES blob (n),
  device INTEGER NOT NULL REFERENCES device (n),
  state INTEGER NOT NULL,
  PRIMARY KEY (blob, device)
) STRICT, WITHOUT ROWID;
`;

// `account.role` and `invitation.role` are places in domain/role.ts. `invitation.hash` is all that is kept of its secret;
// `uses` is how many it lets in at most, `fold` and `name` whom alone. `invitation_use` has one row for each account made
// by it, and outlives the account.
const VERSION_5 = `
ALTER TABLE account ADD COLUMN role INTEGER NOT NULL DEFAULT 0;

CREATE TABLE invitation (
  n INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  role INTEGER NOT NULL,
  time INTEGER NOT NULL,
  expires INTEGER,
  uses INTEGER,
  fold TEXT,
  name TEXT,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX invitation_of_fold ON invitation (fold) WHERE fold IS NOT NULL;

CREATE TABLE invitation_use (
  n INTEGER PRIMARY KEY,
  invitation INTEGER NOT NULL REFERENCES invitation (n),
  name TEXT NOT NULL,
  identity BLOB NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE INDEX use_of_invitation ON invitation_use (invitation);
`;

/** All steps from an empty database to the present version, for `migrate`. */
export const SERVER_STEPS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];

const ENTRY_KINDS = ["message", "welcome", "commit", "history"] as const;
const LOG_KINDS = ["inbox", "direct", "group"] as const;

function named<T>(kinds: readonly T[], number: number): T {
  const kind = kinds[number];
  if (kind === undefined) throw new StoreFailure("corrupt", new Error(`unknown kind ${number}`));
  return kind;
}

/** The number a kind of entry is stored as. */
export function entryKindNumber(kind: EntryKind): number {
  return ENTRY_KINDS.indexOf(kind);
}

/** The kind of entry behind a stored number. Throws StoreFailure("corrupt") when there is none. */
export function entryKind(number: number): EntryKind {
  return named(ENTRY_KINDS, number);
}

/** The number a kind of log is stored as; inboxes sort first. */
export function logKindNumber(kind: Membership["kind"]): number {
  return LOG_KINDS.indexOf(kind);
}

/** The kind of log behind a stored number. Throws StoreFailure("corrupt") when there is none. */
export function logKind(number: number): Membership["kind"] {
  return named(LOG_KINDS, number);
}

/** The number a role is stored as. */
export function roleNumber(role: Role): number {
  return ROLES.indexOf(role);
}

/** The role behind a stored number. Throws StoreFailure("corrupt") when there is none. */
export function roleOf(number: number): Role {
  return named(ROLES, number);
}
