// The one union of message types, each with its schema; PROTOCOL.md describes them and is checked against this file.
// Pure: headers in, values out. Must not know what is done about a message.

import * as v from "valibot";
import * as f from "./fields.ts";
import {
  GROUPS_PAGE,
  MAX_ADDED,
  MAX_CURSORS,
  MAX_DEVICES,
  MAX_MEMBERS,
  MAX_PUBLISHED,
  MEMBERS_PAGE,
  PLACES_PAGE,
  USERS_PAGE,
} from "./limits.ts";
import { isRefusalCode, type RefusalCode } from "./refusal.ts";

/** A code that this version does not know yet says no more than that the request was refused for good. */
const refusalCode = v.pipe(
  v.string(),
  v.transform((code): RefusalCode => (isRefusalCode(code) ? code : "malformed")),
);
const list = <T extends v.GenericSchema>(item: T, most: number) => v.pipe(v.array(item), v.maxLength(most));

const message = <T extends string, E extends v.ObjectEntries>(t: T, entries: E) =>
  v.object({ t: v.literal(t), ...entries });

/** How many of the `of` devices a file is for have it, and how many do not want it. */
const takers = { got: f.count, declined: f.count, of: f.count };

/** What a client sends. All but `ack` and `whisper` carry `re` and get one answer with the same `re`. */
export const CLIENT_MESSAGES = {
  hello: message("hello", {
    re: f.requestId,
    versions: list(f.count, 16),
    agent: v.pipe(v.string(), v.maxLength(64)),
  }),
  /** body: the credential. */
  register: message("register", { re: f.requestId, name: f.name, secret: v.optional(f.secret) }),
  /** What the link with this secret is good for, before anybody registers by it. */
  invited: message("invited", { re: f.requestId, secret: f.secret }),
  /** body: the KeyPackages, one after the other. */
  publish: message("publish", {
    re: f.requestId,
    packages: list(
      v.object({ id: f.keyPackageRef, size: f.keyPackageSize, last: v.optional(v.boolean()) }),
      MAX_PUBLISHED,
    ),
  }),
  sync: message("sync", { re: f.requestId, presence: v.optional(v.boolean()) }),
  users: message("users", { re: f.requestId, after: v.optional(f.name) }),
  lookup: message("lookup", { re: f.requestId, name: f.name }),
  claim: message("claim", { re: f.requestId, name: f.name }),
  /** body: the Welcomes, one after the other, then the GroupInfo of the first epoch. */
  create: message("create", {
    re: f.requestId,
    log: f.logId,
    with: f.name,
    info: f.groupInfoSize,
    welcomes: list(v.object({ device: f.key, id: f.messageId, size: f.welcomeSize }), 2 * MAX_DEVICES),
  }),
  /** A group with its creator in it. body: its rules, then the GroupInfo of the first epoch. */
  found: message("found", {
    re: f.requestId,
    log: f.logId,
    nonce: f.nonce,
    rules: f.rulesSize,
    info: f.groupInfoSize,
  }),
  /** To be let into a group. body: a KeyPackage made for this. */
  join: message("join", { re: f.requestId, name: f.name }),
  /** body: the leaver's statement, for those who take the device out. */
  leave: message("leave", { re: f.requestId, log: f.logId }),
  groups: message("groups", { re: f.requestId, after: v.optional(f.name) }),
  members: message("members", { re: f.requestId, name: f.name, after: v.optional(f.name) }),
  /**
   * body: the ciphertext. `cursor` is what the sender itself has processed of this log. `blob`: the file that the message
   * tells of; from then on it is for all other devices in the log.
   */
  append: message("append", {
    re: f.requestId,
    log: f.logId,
    id: f.messageId,
    epoch: f.epoch,
    cursor: v.optional(f.seq),
    blob: v.optional(f.blobId),
  }),
  /**
   * body: the commit (in a group after what the server is told of it, see told.ts), the GroupInfo of the epoch it begins,
   * the Welcomes, what newcomers are handed of the history. Taken as a whole, and only while `epoch` is the log's.
   */
  commit: message("commit", {
    re: f.requestId,
    log: f.logId,
    id: f.messageId,
    epoch: f.epoch,
    commit: f.commitSize,
    info: f.groupInfoSize,
    welcomes: v.optional(list(v.object({ device: f.key, id: f.messageId, size: f.welcomeSize }), MAX_ADDED)),
    history: v.optional(v.object({ id: f.messageId, size: f.historySize })),
  }),
  /** `epoch`: of that one, if it is still kept; else of the present one. */
  info: message("info", { re: f.requestId, log: f.logId, epoch: v.optional(f.epoch) }),
  cursors: message("cursors", { re: f.requestId, log: f.logId, after: v.optional(f.key) }),
  /** Begins to keep a file's sealed chunks for those in the log, or goes on with it. */
  upload: message("upload", { re: f.requestId, blob: f.blobId, log: f.logId, size: f.blobSize }),
  /** body: the sealed chunk. */
  chunk: message("chunk", { re: f.requestId, blob: f.blobId, index: f.chunkIndex }),
  fetch: message("fetch", { re: f.requestId, blob: f.blobId, index: f.chunkIndex }),
  blob: message("blob", { re: f.requestId, blob: f.blobId }),
  /** This device needs it no more: it has all of it, or does not want it (`declined`). */
  got: message("got", { re: f.requestId, blob: f.blobId, declined: v.optional(v.boolean()) }),
  /** Its sender takes it back. */
  cancel: message("cancel", { re: f.requestId, blob: f.blobId }),
  ping: message("ping", { re: f.requestId }),
  ack: message("ack", { log: f.logId, seq: f.seq }),
  /** To the other one of a conversation of two, if that one is there now. body: what is kept by nobody. */
  whisper: message("whisper", { log: f.logId }),
} as const;

/** What a server sends: answers carry `re`, notices do not. */
export const SERVER_MESSAGES = {
  welcome: message("welcome", {
    re: f.requestId,
    version: f.count,
    class: v.pipe(v.string(), v.maxLength(256)),
    time: f.time,
    /** The name this device's account has; absent before `register`. */
    name: v.optional(f.name),
  }),
  registered: message("registered", { re: f.requestId, name: f.name }),
  /** It lets in; `name`: nobody but this person. */
  invited: message("invited", {
    re: f.requestId,
    name: v.optional(f.name),
    role: v.optional(f.role),
  }),
  published: message("published", { re: f.requestId, held: f.count }),
  synced: message("synced", { re: f.requestId, waiting: f.count }),
  users: message("users", {
    re: f.requestId,
    users: list(v.object({ name: f.name, online: v.boolean(), role: v.optional(f.role) }), USERS_PAGE),
    /** There are more: ask again with `after`. */
    after: v.optional(f.name),
  }),
  account: message("account", {
    re: f.requestId,
    name: f.name,
    identity: f.key,
    devices: list(f.key, MAX_DEVICES),
  }),
  /** body: the KeyPackages, one after the other. */
  claimed: message("claimed", {
    re: f.requestId,
    packages: list(v.object({ device: f.key, size: f.keyPackageSize }), MAX_DEVICES),
  }),
  /** `seq`: where the log begins for its members. */
  created: message("created", { re: f.requestId, seq: f.seq }),
  /** With `epoch`, and the GroupInfo of it as the body: nobody is there to add this device, it comes in from outside. */
  entrance: message("entrance", { re: f.requestId, log: f.logId, epoch: v.optional(f.epoch) }),
  left: message("left", { re: f.requestId }),
  groups: message("groups", {
    re: f.requestId,
    groups: list(
      v.object({
        log: f.logId,
        name: f.name,
        size: f.count,
        open: v.boolean(),
        announcement: v.boolean(),
        mine: v.boolean(),
      }),
      GROUPS_PAGE,
    ),
    after: v.optional(f.name),
  }),
  members: message("members", {
    re: f.requestId,
    members: list(v.object({ name: f.name, online: v.boolean(), role: v.optional(f.role) }), MEMBERS_PAGE),
    after: v.optional(f.name),
  }),
  /** `of`: how many other devices it is for. `stands`: this answer stands for the entry, which is not sent as well. */
  accepted: message("accepted", {
    re: f.requestId,
    seq: f.seq,
    time: f.time,
    of: f.count,
    stands: v.optional(v.boolean()),
  }),
  /** body: the GroupInfo of the log's epoch. */
  /** `seq`: where that epoch began, for those whom a Welcome has let into it. */
  group: message("group", { re: f.requestId, epoch: f.epoch, seq: v.optional(f.seq) }),
  /** `expired`: up to there, some entry expired before everyone it was for had passed it. */
  cursors: message("cursors", {
    re: f.requestId,
    cursors: list(v.tuple([f.key, f.seq]), MAX_CURSORS),
    expired: v.optional(f.seq),
    /** There are more: ask again with this. */
    after: v.optional(f.key),
  }),
  /** The first `chunks` chunks are on the server's disk. */
  stored: message("stored", { re: f.requestId, chunks: f.chunks }),
  /** body: the sealed chunk; empty when it is not there yet, and `arrived` says when more is. */
  fetched: message("fetched", { re: f.requestId, chunks: f.chunks }),
  /** `freed`: everyone has it, and the server has it no more. */
  blob: message("blob", {
    re: f.requestId,
    log: f.logId,
    size: f.blobSize,
    chunks: f.chunks,
    ...takers,
    freed: v.optional(v.boolean()),
  }),
  noted: message("noted", { re: f.requestId }),
  pong: message("pong", { re: f.requestId }),
  refused: message("refused", { re: f.requestId, code: refusalCode }),
  /** body: the ciphertext or the Welcome. */
  entry: message("entry", {
    log: f.logId,
    seq: f.seq,
    id: f.messageId,
    sender: f.key,
    kind: v.picklist(["message", "welcome", "commit", "history"]),
    epoch: f.epoch,
    time: f.time,
  }),
  /** Where this device stands in its logs as the server sees it: log, epoch, head, cursor. `more`: another follows. */
  places: message("places", {
    logs: list(v.tuple([f.logId, f.epoch, f.seq, f.seq]), PLACES_PAGE),
    more: v.optional(v.boolean()),
  }),
  /** `expired`: what lies up to there has not reached the device by this. */
  receipt: message("receipt", { log: f.logId, device: f.key, seq: f.seq, expired: v.optional(f.seq) }),
  /** As many receipts of one log, gathered. */
  receipts: message("receipts", { log: f.logId, cursors: list(v.tuple([f.key, f.seq]), MAX_CURSORS) }),
  /**
   * To one member of a group: these ask to be let in, and these have left and are to be taken out.
   * body: the KeyPackages, then the leavers' statements.
   */
  asked: message("asked", {
    log: f.logId,
    joins: list(v.object({ device: f.key, size: f.keyPackageSize }), MAX_ADDED),
    leaves: list(v.object({ device: f.key, size: f.statementSize }), MAX_MEMBERS),
  }),
  /** Entries up to `seq` are gone, before everyone they were for had passed them; `epoch` is the log's. */
  expired: message("expired", { log: f.logId, seq: f.seq, epoch: f.epoch }),
  /** To those who have fetched all there was: there is more. */
  arrived: message("arrived", { blob: f.blobId, chunks: f.chunks }),
  /** To a file's sender: one more has it, or does not want it. */
  taken: message("taken", { blob: f.blobId, ...takers }),
  /** It was cancelled by its sender, or nobody has fetched it in time. */
  gone: message("gone", { blob: f.blobId }),
  presence: message("presence", { online: list(f.name, USERS_PAGE), offline: list(f.name, USERS_PAGE) }),
  /** body: as its sender gave it. */
  whisper: message("whisper", { log: f.logId, sender: f.key }),
  /** The last frame on a link, saying why it ends. */
  bye: message("bye", { code: refusalCode }),
} as const;

export type ClientMessage = v.InferOutput<(typeof CLIENT_MESSAGES)[keyof typeof CLIENT_MESSAGES]>;
export type ServerMessage = v.InferOutput<(typeof SERVER_MESSAGES)[keyof typeof SERVER_MESSAGES]>;
export type ClientRequest = Exclude<ClientMessage, { t: "ack" | "whisper" }>;
export type ServerNotice = Extract<
  ServerMessage,
  {
    t:
      | "entry"
      | "places"
      | "receipt"
      | "receipts"
      | "asked"
      | "expired"
      | "arrived"
      | "taken"
      | "gone"
      | "presence"
      | "whisper"
      | "bye";
  }
>;
export type ServerAnswer = Exclude<ServerMessage, ServerNotice>;
