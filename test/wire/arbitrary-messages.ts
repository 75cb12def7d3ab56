// Arbitrary messages of every type, within their schemas.

import fc from "fast-check";
import { encodeId } from "../../src/domain/id.ts";
import {
  MAX_DEVICES,
  MAX_KEY_PACKAGE,
  MAX_COMMIT,
  MAX_GROUP_INFO,
  MAX_MESSAGE,
  MAX_STATEMENT,
  MAX_WELCOME,
} from "../../src/wire/limits.ts";
import { MAX_RULES } from "../../src/domain/group-rules.ts";
import { ROLES } from "../../src/domain/role.ts";
import type { ClientMessage, ServerMessage } from "../../src/wire/messages.ts";
import { REFUSAL_CODES } from "../../src/wire/refusal.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const whole = fc.maxSafeNat();
const time = fc.nat({ max: 4_102_444_800_000 });
const key = bytes(32).map(encodeId);
const id = bytes(16).map(encodeId);
const log = fc.oneof(bytes(24), bytes(32)).map(encodeId);
const blob = bytes(24).map(encodeId);
const index = fc.nat({ max: 2 ** 20 - 1 });
const blobSize = fc.integer({ min: 16, max: 2 ** 38 });
const ref = bytes(32).map((hash) => hash.toHex());
const name = fc.string({ unit: "grapheme", maxLength: 32 }).filter((text) => text.length <= 256);
const code = fc.constantFrom(...REFUSAL_CODES);
export const list = <T>(item: fc.Arbitrary<T>, maxLength = 4) => fc.array(item, { maxLength });
const size = (max: number) => fc.integer({ min: 1, max });
const packageSize = size(MAX_KEY_PACKAGE);
const welcomes = list(fc.record({ device: key, id, size: size(MAX_WELCOME) }));

/** `t`, and the fields that are always there. */
const of = <T extends string>(t: T) => ({ t: fc.constant(t), re: whole });

/** Any message of each type that a client sends. */
export const CLIENT: { [T in ClientMessage["t"]]: fc.Arbitrary<Extract<ClientMessage, { t: T }>> } = {
  hello: fc.record({ ...of("hello"), versions: list(whole, 16), agent: fc.string({ maxLength: 64 }) }),
  register: fc.record({ ...of("register"), name, secret: id }, { requiredKeys: ["t", "re", "name"] }),
  invited: fc.record({ ...of("invited"), secret: id }),
  publish: fc.record({
    ...of("publish"),
    packages: list(
      fc.record({ id: ref, size: packageSize, last: fc.boolean() }, { requiredKeys: ["id", "size"] }),
    ),
  }),
  sync: fc.record({ ...of("sync"), presence: fc.boolean() }, { requiredKeys: ["t", "re"] }),
  users: fc.record({ ...of("users"), after: name }, { requiredKeys: ["t", "re"] }),
  lookup: fc.record({ ...of("lookup"), name }),
  claim: fc.record({ ...of("claim"), name }),
  create: fc.record({
    ...of("create"),
    log,
    with: name,
    info: size(MAX_GROUP_INFO),
    welcomes,
  }),
  found: fc.record({
    ...of("found"),
    log,
    nonce: id,
    rules: size(MAX_RULES),
    info: size(MAX_GROUP_INFO),
  }),
  join: fc.record({ ...of("join"), name }),
  leave: fc.record({ ...of("leave"), log }),
  groups: fc.record({ ...of("groups"), after: name }, { requiredKeys: ["t", "re"] }),
  members: fc.record({ ...of("members"), name, after: name }, { requiredKeys: ["t", "re", "name"] }),
  append: fc.record(
    { ...of("append"), log, id, epoch: whole, cursor: whole, blob },
    { requiredKeys: ["t", "re", "log", "id", "epoch"] },
  ),
  commit: fc.record(
    {
      ...of("commit"),
      log,
      id,
      epoch: whole,
      commit: size(MAX_COMMIT),
      info: size(MAX_GROUP_INFO),
      welcomes,
      history: fc.record({ id, size: size(MAX_MESSAGE) }),
    },
    { requiredKeys: ["t", "re", "log", "id", "epoch", "commit", "info"] },
  ),
  info: fc.record({ ...of("info"), log, epoch: whole }, { requiredKeys: ["t", "re", "log"] }),
  cursors: fc.record({ ...of("cursors"), log, after: key }, { requiredKeys: ["t", "re", "log"] }),
  upload: fc.record({ ...of("upload"), blob, log, size: blobSize }),
  chunk: fc.record({ ...of("chunk"), blob, index }),
  fetch: fc.record({ ...of("fetch"), blob, index }),
  blob: fc.record({ ...of("blob"), blob }),
  got: fc.record({ ...of("got"), blob, declined: fc.boolean() }, { requiredKeys: ["t", "re", "blob"] }),
  cancel: fc.record({ ...of("cancel"), blob }),
  ping: fc.record(of("ping")),
  ack: fc.record({ t: fc.constant("ack"), log, seq: whole }),
  whisper: fc.record({ t: fc.constant("whisper"), log }),
};

const user = fc.record(
  { name, online: fc.boolean(), role: fc.constantFrom(...ROLES) },
  { requiredKeys: ["name", "online"] },
);
const takers = { got: whole, declined: whole, of: whole };

/** Any message of each type that a server sends. */
export const SERVER: { [T in ServerMessage["t"]]: fc.Arbitrary<Extract<ServerMessage, { t: T }>> } = {
  welcome: fc.record(
    { ...of("welcome"), version: whole, class: name, time, name },
    { requiredKeys: ["t", "re", "version", "class", "time"] },
  ),
  registered: fc.record({ ...of("registered"), name }),
  invited: fc.record(
    { ...of("invited"), name, role: fc.constantFrom(...ROLES) },
    { requiredKeys: ["t", "re"] },
  ),
  published: fc.record({ ...of("published"), held: whole }),
  synced: fc.record({ ...of("synced"), waiting: whole }),
  users: fc.record(
    {
      ...of("users"),
      users: list(user),
      after: name,
    },
    { requiredKeys: ["t", "re", "users"] },
  ),
  account: fc.record({ ...of("account"), name, identity: key, devices: list(key, MAX_DEVICES) }),
  claimed: fc.record({ ...of("claimed"), packages: list(fc.record({ device: key, size: packageSize })) }),
  created: fc.record({ ...of("created"), seq: whole }),
  entrance: fc.record({ ...of("entrance"), log, epoch: whole }, { requiredKeys: ["t", "re", "log"] }),
  left: fc.record(of("left")),
  groups: fc.record(
    {
      ...of("groups"),
      groups: list(
        fc.record({
          log,
          name,
          size: whole,
          open: fc.boolean(),
          announcement: fc.boolean(),
          mine: fc.boolean(),
        }),
      ),
      after: name,
    },
    { requiredKeys: ["t", "re", "groups"] },
  ),
  members: fc.record(
    { ...of("members"), members: list(user), after: name },
    { requiredKeys: ["t", "re", "members"] },
  ),
  accepted: fc.record(
    { ...of("accepted"), seq: whole, time, of: whole, stands: fc.boolean() },
    { requiredKeys: ["t", "re", "seq", "time", "of"] },
  ),
  group: fc.record({ ...of("group"), epoch: whole, seq: whole }, { requiredKeys: ["t", "re", "epoch"] }),
  cursors: fc.record(
    { ...of("cursors"), cursors: list(fc.tuple(key, whole)), expired: whole, after: key },
    { requiredKeys: ["t", "re", "cursors"] },
  ),
  stored: fc.record({ ...of("stored"), chunks: index }),
  fetched: fc.record({ ...of("fetched"), chunks: index }),
  blob: fc.record(
    { ...of("blob"), log, size: blobSize, chunks: index, ...takers, freed: fc.boolean() },
    { requiredKeys: ["t", "re", "log", "size", "chunks", "got", "declined", "of"] },
  ),
  noted: fc.record(of("noted")),
  pong: fc.record(of("pong")),
  refused: fc.record({ ...of("refused"), code }),
  entry: fc.record({
    t: fc.constant("entry"),
    log,
    seq: whole,
    id,
    sender: key,
    kind: fc.constantFrom("message", "welcome", "commit", "history"),
    epoch: whole,
    time,
  }),
  places: fc.record(
    {
      t: fc.constant("places" as const),
      logs: list(fc.tuple(log, whole, whole, whole)),
      more: fc.boolean(),
    },
    { requiredKeys: ["t", "logs"] },
  ),
  receipt: fc.record(
    { t: fc.constant("receipt" as const), log, device: key, seq: whole, expired: whole },
    { requiredKeys: ["t", "log", "device", "seq"] },
  ),
  receipts: fc.record({
    t: fc.constant("receipts" as const),
    log,
    cursors: list(fc.tuple(key, whole)),
  }),
  asked: fc.record({
    t: fc.constant("asked" as const),
    log,
    joins: list(fc.record({ device: key, size: packageSize })),
    leaves: list(fc.record({ device: key, size: size(MAX_STATEMENT) })),
  }),
  expired: fc.record({ t: fc.constant("expired"), log, seq: whole, epoch: whole }),
  arrived: fc.record({ t: fc.constant("arrived"), blob, chunks: index }),
  taken: fc.record({ t: fc.constant("taken"), blob, ...takers }),
  gone: fc.record({ t: fc.constant("gone"), blob }),
  presence: fc.record({ t: fc.constant("presence"), online: list(name), offline: list(name) }),
  whisper: fc.record({ t: fc.constant("whisper"), log, sender: key }),
  bye: fc.record({ t: fc.constant("bye"), code }),
};
