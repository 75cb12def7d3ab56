// The conversations of this device: their MLS states in the vault, begun, joined, sealed and opened one step at a time.
// Must not know the link; every change comes back as writes for the caller's transaction.

import * as v from "valibot";
import { directLog, LOG_ID_BYTES } from "../domain/direct-log.ts";
import type { Entry } from "../domain/entry.ts";
import { encodeId, type LogId } from "../domain/id.ts";
import { createConversation, joinConversation, welcomeRefs } from "../mls/conversation.ts";
import type { Credential } from "../mls/identity.ts";
import type { Device } from "../mls/key-package.ts";
import { open, seal } from "../mls/message.ts";
import { processCommit } from "../mls/commit.ts";
import type { MlsRefusal, Refused } from "../mls/outcome.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { load, saveGroup, saveRatchet } from "../mls/saved.ts";
import { type Conversation, groupInfo } from "../mls/state.ts";
import { type ClientStore, type Clock, StoreFailure, type VaultWrite } from "../ports.ts";
import { type Content, decodeContent, encodeContent } from "./content.ts";
import type { OwnKeyPackages } from "./key-packages.ts";
import { groupIdOf, otherPerson } from "./other-person.ts";
import type { Profile } from "./profile.ts";
import { bytes, decodeRecord, encodeRecord } from "./record.ts";

const conversationRecord = v.object({
  v: v.literal(1),
  log: v.string(),
  /** The other person. */
  name: v.string(),
  fold: v.string(),
  identity: bytes,
  /** The newest entry this device has processed. */
  cursor: v.number(),
  /** What the server was, or is to be, asked for and has not confirmed: always these same bytes. */
  creating: v.exactOptional(
    v.object({
      welcomes: v.array(v.object({ device: v.string(), id: v.string(), size: v.number() })),
      info: v.number(),
      body: bytes,
    }),
  ),
});

type ConversationRecord = v.InferOutput<typeof conversationRecord>;

/** One conversation in memory. Replaced, never changed: see Conversation in mls/state.ts. */
export type Held = ConversationRecord & { readonly mls: Conversation };

/** What came of a Welcome. */
export type Joining =
  | { readonly ok: true; readonly held: Held; readonly anew: boolean; readonly writes: VaultWrite[] }
  | { readonly ok: false; readonly unknown: LogId | undefined };

/** What came of an entry. Without content there is `refused`, or its text was not what its entry says. */
export interface Opening {
  readonly content: Content | undefined;
  readonly sender: Credential | undefined;
  readonly refused: MlsRefusal | undefined;
  readonly writes: VaultWrite[];
}

export interface Parts {
  readonly store: ClientStore;
  readonly clock: Clock;
  readonly mls: MlsProvider;
  readonly profile: () => Profile;
  readonly keyPackages: OwnKeyPackages;
}

/** The log that a Welcome in an inbox is for. */
export function invitedTo(body: Uint8Array): LogId {
  return encodeId(body.subarray(0, LOG_ID_BYTES));
}

export class Conversations {
  readonly #parts: Parts;
  readonly #held = new Map<LogId, Held>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Forgets what was not written, after a transaction that failed. */
  reload(): void {
    this.#held.clear();
  }

  /** The same for one conversation. */
  forget(log: LogId): void {
    this.#held.delete(log);
  }

  get(log: LogId): Held | undefined {
    const held = this.#held.get(log) ?? this.#read(log);
    if (held !== undefined) this.#held.set(log, held);
    return held;
  }

  /** The logs of all conversations, those whose MLS state does not load among them. */
  logs(): LogId[] {
    return this.#parts.store.all("conversation").map(({ key }) => key);
  }

  /** Whom a conversation is with by its record, whether or not its MLS state loads. */
  nameOf(log: LogId): string | undefined {
    const record = this.#parts.store.get("conversation", log);
    return record === undefined ? undefined : decodeRecord(conversationRecord, record).name;
  }

  /** Puts a state in the place of the one there was, or of none. */
  adopt(held: Held): VaultWrite[] {
    return [...this.#put(held), ...this.#state(held, "commit")];
  }

  /** Processes another's commit and moves the cursor past it. */
  async process(
    held: Held,
    entry: Entry,
  ): Promise<{ ok: true; external: boolean; writes: VaultWrite[] } | Refused> {
    const processed = await processCommit(held.mls, entry.body);
    if (!processed.ok) return processed;
    const next = { ...held, mls: processed.conversation, cursor: entry.seq };
    return { ok: true, external: processed.external, writes: this.adopt(next) };
  }

  /** Moves the cursor, or says that the server has the conversation. */
  update(held: Held, change: Partial<Pick<Held, "cursor">> & { created?: true }): VaultWrite[] {
    const { creating, ...rest } = held;
    const kept = creating === undefined || change.created ? {} : { creating };
    return this.#put({ ...rest, ...kept, cursor: change.cursor ?? held.cursor });
  }

  drop(log: LogId): VaultWrite[] {
    this.#held.delete(log);
    return [
      { remove: "conversation", key: log },
      { remove: "group", key: log },
      { remove: "ratchet", key: log },
    ];
  }

  /** A conversation with this person over these devices' KeyPackages; to be created on the server as `creating` says. */
  async begin(
    peer: { name: string; fold: string; identity: Uint8Array },
    packages: readonly { device: string; body: Uint8Array }[],
    messageId: () => string,
  ): Promise<{ ok: true; held: Held; writes: VaultWrite[] } | { ok: false; refused: MlsRefusal }> {
    const { mls, clock } = this.#parts;
    const log = directLog(this.#parts.profile().identity.public, peer.identity);
    const id = groupIdOf(log);
    const keyPackages = packages.map(({ body }) => body);
    const begun = await createConversation(mls, this.#device(), { id, keyPackages, now: clock.now() });
    if (!begun.ok) return begun;
    if (begun.welcome === undefined) throw new Error("conversation: nobody was added");
    const welcome = Buffer.concat([id, begun.welcome]);
    const welcomes = packages.map(({ device }) => ({ device, id: messageId(), size: welcome.length }));
    const info = await groupInfo(begun.conversation);
    const body = new Uint8Array(Buffer.concat([...packages.map(() => welcome), info]));
    const creating = { welcomes, info: info.length, body };
    const held = { v: 1 as const, log, ...peer, cursor: 0, creating, mls: begun.conversation };
    return { ok: true, held, writes: this.adopt(held) };
  }

  /**
   * Joins from a Welcome in the inbox: the log's id, then the Welcome. `anew`: there was such a conversation, which
   * its other side has found gone or has begun at the same moment. Not ok when there is nothing to join: it is a
   * repeat, or no conversation between its members, or its KeyPackage is gone and so is the conversation (`unknown`).
   */
  async join(entry: Entry): Promise<Joining> {
    const id = new Uint8Array(entry.body.subarray(0, LOG_ID_BYTES));
    const welcome = entry.body.subarray(LOG_ID_BYTES);
    const log = encodeId(id);
    const keyPackage = this.#parts.keyPackages.forWelcome(welcome, welcomeRefs(welcome));
    if (keyPackage === undefined) {
      const unknown = id.length === LOG_ID_BYTES && this.get(log) === undefined ? log : undefined;
      return { ok: false, unknown };
    }
    const joined = await joinConversation(this.#parts.mls, this.#device(), { id, welcome, keyPackage });
    if (!joined.ok) return { ok: false, unknown: undefined };
    const peer = otherPerson(log, joined.conversation, this.#parts.profile().identity.public);
    if (peer === undefined) return { ok: false, unknown: undefined };
    const anew = this.get(log) !== undefined;
    const held = { v: 1 as const, log, ...peer, cursor: 0, mls: joined.conversation };
    const used = this.#parts.keyPackages.used(keyPackage.id, welcome);
    return { ok: true, held, anew, writes: [...this.adopt(held), ...used] };
  }

  /** Encrypts; the writes must be on disk before the message leaves. */
  async seal(
    held: Held,
    content: Content,
  ): Promise<{ message: Uint8Array; epoch: number; writes: VaultWrite[] }> {
    const sealed = await seal(held.mls, encodeContent(content), Buffer.from(content.id));
    const next = { ...held, mls: sealed.conversation };
    this.#held.set(next.log, next);
    return { message: sealed.message, epoch: held.mls.epoch, writes: this.#state(next, "message") };
  }

  /** Decrypts an entry and moves the cursor past it, whether or not it could be read. */
  async open(held: Held, entry: Entry): Promise<Opening> {
    const opened = await open(held.mls, entry.body);
    if (!opened.ok) {
      const writes = this.update(held, { cursor: entry.seq });
      return { content: undefined, sender: undefined, refused: opened.refused, writes };
    }
    const next = { ...held, mls: opened.conversation };
    const writes = [...this.update(next, { cursor: entry.seq }), ...this.#state(next, "message")];
    const content = decodeContent(opened.content);
    // The id stands in three places that the server cannot all write: it is the same in each, or the entry is not.
    const genuine = content?.id === entry.id && Buffer.from(opened.aad).equals(Buffer.from(entry.id));
    return { content: genuine ? content : undefined, sender: opened.sender, refused: undefined, writes };
  }

  #device(): Device {
    const { credential, signature } = this.#parts.profile();
    return { credential, signatureSecret: signature.secret };
  }

  #put(held: Held): VaultWrite[] {
    this.#held.set(held.log, held);
    const { mls: _, ...record } = held;
    return [{ put: "conversation", key: held.log, value: encodeRecord(record) }];
  }

  /** The tree is written with each commit, the small moving part with each message. */
  #state(held: Held, step: "commit" | "message"): VaultWrite[] {
    const ratchet = { put: "ratchet" as const, key: held.log, value: saveRatchet(held.mls) };
    return step === "message"
      ? [ratchet]
      : [{ put: "group", key: held.log, value: saveGroup(held.mls) }, ratchet];
  }

  #read(log: LogId): Held | undefined {
    const { store, mls } = this.#parts;
    const [record, group, ratchet] = [
      store.get("conversation", log),
      store.get("group", log),
      store.get("ratchet", log),
    ];
    if (record === undefined || group === undefined || ratchet === undefined) return undefined;
    const loaded = load(mls, this.#device(), { group, ratchet });
    if (!loaded.ok && loaded.refused === "unsupported") throw new StoreFailure("newer");
    if (!loaded.ok) return undefined; // the conversation is come back into from outside (see healing.ts)
    return { ...decodeRecord(conversationRecord, record), mls: loaded.conversation };
  }
}
