// The fields of messages: as large, as long and as many as they may be, and not one more.

import { expect, test } from "bun:test";
import { MAX_FILE, sealedSize } from "../../src/domain/chunks.ts";
import { decodeClientMessage, decodeServerMessage } from "../../src/wire/codec.ts";
import { MAX_RULES } from "../../src/domain/group-rules.ts";
import {
  GROUPS_PAGE,
  MAX_ADDED,
  MAX_CURSORS,
  MAX_DEVICES,
  MAX_KEY_PACKAGE,
  MAX_MESSAGE,
  MAX_PUBLISHED,
  MAX_STATEMENT,
  MAX_WELCOME,
  MEMBERS_PAGE,
  USERS_PAGE,
} from "../../src/wire/limits.ts";

const frame = (message: object) => ({
  header: JSON.stringify({ re: 1, ...message }),
  body: new Uint8Array(0),
});
const log = "A".repeat(32);
const id = "A".repeat(22);
const blob = "B".repeat(32);
const device = "A".repeat(43);
const ref = "0".repeat(64);
const client = (message: object) => decodeClientMessage(frame(message)).ok;
const server = (message: object) => decodeServerMessage(frame(message)).ok;
const committed = (given: object) => ({ t: "commit", log, id, epoch: 0, commit: 1, info: 1, ...given });
const asked = (given: object) => ({ t: "asked", log, joins: [], leaves: [], ...given });
const group = { log, name: "x", size: 1, open: true, announcement: false, mine: true };
const many = (length: number, item: unknown) => Array.from({ length }, () => item);
const published = (size: number) => ({ t: "publish", packages: [{ id: ref, size }] });
const created = (size: number) => ({
  t: "create",
  log,
  with: "bob",
  info: 1,
  welcomes: [{ device, id, size }],
});

test.each<[string, boolean, boolean]>([
  [
    "16 versions",
    client({ t: "hello", versions: many(16, 1), agent: "" }),
    client({ t: "hello", versions: many(17, 1), agent: "" }),
  ],
  [
    "an agent of 64",
    client({ t: "hello", versions: [1], agent: "x".repeat(64) }),
    client({ t: "hello", versions: [1], agent: "x".repeat(65) }),
  ],
  [
    "a name of 256",
    client({ t: "lookup", name: "x".repeat(256) }),
    client({ t: "lookup", name: "x".repeat(257) }),
  ],
  [
    "MAX_PUBLISHED",
    client({ t: "publish", packages: many(MAX_PUBLISHED, { id: ref, size: 1 }) }),
    client({ t: "publish", packages: many(MAX_PUBLISHED + 1, { id: ref, size: 1 }) }),
  ],
  ["MAX_KEY_PACKAGE", client(published(MAX_KEY_PACKAGE)), client(published(MAX_KEY_PACKAGE + 1))],
  ["a part of one byte", client(published(1)), client(published(0))],
  ["MAX_WELCOME", client(created(MAX_WELCOME)), client(created(MAX_WELCOME + 1))],
  ["a conversation's log", client({ t: "cursors", log }), client({ t: "cursors", log: `${log}A` })],
  ["an inbox's log", client({ t: "cursors", log: device }), client({ t: "cursors", log: `${device}\n` })],
  [
    "the largest seq",
    client({ t: "ack", log, seq: Number.MAX_SAFE_INTEGER }),
    client({ t: "ack", log, seq: 2 ** 53 }),
  ],
  ["the smallest seq", client({ t: "ack", log, seq: 0 }), client({ t: "ack", log, seq: -1 })],
  [
    "a secret of 16 bytes",
    client({ t: "register", name: "x", secret: id }),
    client({ t: "register", name: "x", secret: `${id}A` }),
  ],
  [
    "MAX_DEVICES",
    server({ t: "account", name: "x", identity: device, devices: many(MAX_DEVICES, device) }),
    server({ t: "account", name: "x", identity: device, devices: many(MAX_DEVICES + 1, device) }),
  ],
  [
    "MAX_CURSORS",
    server({ t: "cursors", cursors: many(MAX_CURSORS, [device, 1]) }),
    server({ t: "cursors", cursors: many(MAX_CURSORS + 1, [device, 1]) }),
  ],
  [
    "USERS_PAGE",
    server({ t: "presence", online: many(USERS_PAGE, "x"), offline: [] }),
    server({ t: "presence", online: many(USERS_PAGE + 1, "x"), offline: [] }),
  ],
  [
    "MAX_RULES",
    client({ t: "found", log, nonce: id, rules: MAX_RULES, info: 1 }),
    client({ t: "found", log, nonce: id, rules: MAX_RULES + 1, info: 1 }),
  ],
  [
    "MAX_ADDED Welcomes",
    client(committed({ welcomes: many(MAX_ADDED, { device, id, size: 1 }) })),
    client(committed({ welcomes: many(MAX_ADDED + 1, { device, id, size: 1 }) })),
  ],
  [
    "MAX_MESSAGE of what is handed over",
    client(committed({ history: { id, size: MAX_MESSAGE } })),
    client(committed({ history: { id, size: MAX_MESSAGE + 1 } })),
  ],
  [
    "MAX_STATEMENT",
    server(asked({ leaves: [{ device, size: MAX_STATEMENT }] })),
    server(asked({ leaves: [{ device, size: MAX_STATEMENT + 1 }] })),
  ],
  [
    "MAX_ADDED who ask",
    server(asked({ joins: many(MAX_ADDED, { device, size: 1 }) })),
    server(asked({ joins: many(MAX_ADDED + 1, { device, size: 1 }) })),
  ],
  [
    "MAX_CURSORS gathered",
    server({ t: "receipts", log, cursors: many(MAX_CURSORS, [device, 1]) }),
    server({ t: "receipts", log, cursors: many(MAX_CURSORS + 1, [device, 1]) }),
  ],
  [
    "GROUPS_PAGE",
    server({ t: "groups", groups: many(GROUPS_PAGE, group) }),
    server({ t: "groups", groups: many(GROUPS_PAGE + 1, group) }),
  ],
  [
    "MEMBERS_PAGE",
    server({ t: "members", members: many(MEMBERS_PAGE, { name: "x", online: true }) }),
    server({ t: "members", members: many(MEMBERS_PAGE + 1, { name: "x", online: true }) }),
  ],
  [
    "the smallest file",
    client({ t: "upload", blob, log, size: 16 }),
    client({ t: "upload", blob, log, size: 15 }),
  ],
  [
    "the largest file",
    client({ t: "upload", blob, log, size: sealedSize(MAX_FILE) }),
    client({ t: "upload", blob, log, size: sealedSize(MAX_FILE) + 1 }),
  ],
  [
    "the last of a million chunks",
    client({ t: "fetch", blob, index: 2 ** 20 - 1 }),
    client({ t: "fetch", blob, index: 2 ** 20 }),
  ],
  ["a blob of 24 bytes", client({ t: "blob", blob }), client({ t: "blob", blob: `${blob}A` })],
  [
    "the last moment of a Date",
    server({ t: "welcome", version: 1, class: "", time: 8.64e15 }),
    server({ t: "welcome", version: 1, class: "", time: 8.64e15 + 1 }),
  ],
])("%s is taken and no more", (_, within, beyond) => {
  expect(within).toBeTrue();
  expect(beyond).toBeFalse();
});
