// The conversations of this device: their MLS states in the vault, begun, joined, sealed and opened one step at a time.
// Must not know the link; every change comes back as writes for the caller's transaction.

import { LOG_ID_BYTES } from "../domain/direct-log.ts";
import type { Entry } from "../domain/entry.ts";
import { decodeRules } from "../wire/rules.ts";
import { encodeId, type LogId } from "../domain/id.ts";
import { joinConversation, welcomeRefs } from "../mls/conversation.ts";
import type { Credential } from "../mls/identity.ts";
import type { Device } from "../mls/key-package.ts";
import { open, seal } from "../mls/message.ts";
import type { MlsRefusal, Refused } from "../mls/outcome.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { load, saveGroup, saveRatchet } from "../mls/saved.ts";
import { type Conversation, rulesOf } from "../mls/state.ts";
import { type ClientStore, type Clock, StoreFailure, type VaultTable, type VaultWrite } from "../ports.ts";
import { type Content, decodeContent, encodeContent, type Written } from "./content.ts";
import {
  type Advance,
  foldOfGroup,
  groupKey,
  type Held,
  type HeldGroup,
  type Listed,
  listed,
  listedFrom,
  readRecord,
  readUpTo,
  serverEpoch,
} from "./conversation-record.ts";
import type { OwnKeyPackages } from "./key-packages.ts";
import { otherPerson } from "./other-person.ts";
import type { Profile } from "./profile.ts";
import { encodeRecord } from "./record.ts";

/** What came of a Welcome. */
export type Joining =
  | { readonly ok: true; readonly held: Held; readonly anew: boolean; readonly writes: VaultWrite[] }
  /** `needs`: the tree is not in it; it is to be asked for, and the Welcome to be tried again. */
  | { readonly ok: false; readonly unknown?: LogId; readonly spent?: LogId; readonly needs?: "tree" };

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
  #listed: Map<LogId, Listed> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Forgets what was not written, after a transaction that failed. */
  reload(): void {
    this.#held.clear();
    this.#listed = undefined;
  }

  /** The same for one conversation. */
  forget(log: LogId): void {
    this.#held.delete(log);
    this.#listed = undefined;
  }

  get(log: LogId): Held | undefined {
    const held = this.#held.get(log) ?? this.#read(log);
    if (held !== undefined) this.#held.set(log, held);
    return held;
  }

  /** The logs of all conversations, those whose MLS state does not load among them. */
  logs(): LogId[] {
    return [...this.#list().keys()];
  }

  /** Whom a conversation is with by its record, whether or not its MLS state loads. */
  nameOf(log: LogId): string | undefined {
    const record = this.#parts.store.get("conversation", log);
    return record === undefined ? undefined : readRecord(record).name;
  }

  isGroup(log: LogId): boolean {
    return this.#list().get(log)?.group ?? false;
  }

  /** The groups this device is in, by their log. */
  groupLogs(): LogId[] {
    return [...this.#list().values()].filter(({ group }) => group).map(({ log }) => log);
  }

  /** The log of the group of this name (with its `@`, folded), if this device is in it and not about to leave. */
  groupNamed(fold: string): LogId | undefined {
    for (const { log, name, group, leaving } of this.#list().values())
      if (group && !leaving && foldOfGroup(name) === fold) return log;
    return undefined;
  }

  /** Puts a state in the place of the one there was, or of none. */
  adopt(held: Held): VaultWrite[] {
    return [...this.#put(held), ...this.#state(held, "commit")];
  }

  /** A key of the state was used. */
  spend(held: Held): VaultWrite[] {
    this.#held.set(held.log, held);
    return this.#state(held, "message");
  }

  /** Moves the cursor, or says that the server has the conversation. */
  update(held: Held, change: Advance): VaultWrite[] {
    const { created, ...rest } = change;
    const { ...next } = { ...held, ...rest };
    if (created && "creating" in next) delete next.creating;
    if (created && "founding" in next) delete next.founding;
    return this.#put(next);
  }

  /** Keeps what is to be known of a group beside its state. */
  note(held: HeldGroup, change: Partial<Pick<HeldGroup, "leaving" | "renewAt" | "name">>): VaultWrite[] {
    return this.#put({ ...held, ...change });
  }

  drop(log: LogId): VaultWrite[] {
    this.#held.delete(log);
    this.#listed?.delete(log);
    return [
      { remove: "conversation", key: log },
      { remove: "group", key: log },
      { remove: "ratchet", key: log },
    ];
  }

  /** A conversation that was begun on this device is kept; the server is to be asked for it. */
  async begin<H extends Held>(
    begun: Promise<{ readonly ok: true; readonly held: H } | Refused>,
  ): Promise<{ ok: true; held: H; writes: VaultWrite[] } | Refused> {
    const outcome = await begun;
    return outcome.ok ? { ...outcome, writes: this.adopt(outcome.held) } : outcome;
  }

  /**
   * Joins from a Welcome in the inbox: the log's id, then the Welcome. `anew`: there was such a conversation, which
   * its other side has found gone or has begun at the same moment. Not ok when there is nothing to join: it is a
   * repeat, or none between its members, or its KeyPackage is gone and so is the conversation (`unknown`), or not (`spent`).
   * `tree`: the GroupInfo of the epoch it is for, where the Welcome has no tree, and the seq at which that began.
   */
  async join(entry: Entry, tree?: { readonly info: Uint8Array; readonly began: number }): Promise<Joining> {
    const id = new Uint8Array(entry.body.subarray(0, LOG_ID_BYTES));
    const welcome = entry.body.subarray(LOG_ID_BYTES);
    const log = encodeId(id);
    const keyPackage = this.#parts.keyPackages.forWelcome(welcome, welcomeRefs(welcome));
    if (keyPackage === undefined) {
      if (id.length !== LOG_ID_BYTES) return { ok: false };
      return this.get(log) === undefined ? { ok: false, unknown: log } : { ok: false, spent: log };
    }
    const invitation = { id, welcome, keyPackage, ...(tree === undefined ? {} : { groupInfo: tree.info }) };
    const joined = await joinConversation(this.#parts.mls, this.device(), invitation);
    if (!joined.ok)
      return joined.refused === "wrong-tree" && tree === undefined
        ? { ok: false, needs: "tree" }
        : { ok: false };
    const state = this.joined(log, joined.conversation, entry.epoch);
    if (state === undefined) return { ok: false };
    const held = { ...state, cursor: tree?.began ?? 0 };
    const anew = this.get(log) !== undefined;
    const used = this.#parts.keyPackages.used(keyPackage.id, welcome);
    return { ok: true, held, anew, writes: [...this.adopt(held), ...used] };
  }

  /** What a state that was joined is kept as; undefined when it is neither a group of ours nor that of two people. */
  joined(log: LogId, mls: Conversation, epoch: number): Held | undefined {
    const voided = epoch === mls.epoch ? {} : { voided: epoch - mls.epoch };
    const bytes = rulesOf(mls);
    if (bytes === undefined) {
      const peer = otherPerson(log, mls, this.#parts.profile().identity.public);
      return peer === undefined ? undefined : { v: 1, log, ...peer, cursor: 0, ...voided, mls };
    }
    const rules = decodeRules(bytes);
    if (rules === undefined) return undefined;
    const name = `@${rules.name}`;
    return { v: 1, kind: "group", log, name, fold: groupKey(log), cursor: 0, renewAt: 0, ...voided, mls };
  }

  /** Encrypts; the writes must be on disk before the message leaves. */
  async seal(
    held: Held,
    content: Written,
  ): Promise<{ message: Uint8Array; epoch: number; writes: VaultWrite[] }> {
    const sealed = await seal(held.mls, encodeContent(content), Buffer.from(content.id));
    const next = { ...held, mls: sealed.conversation };
    this.#held.set(next.log, next);
    return { message: sealed.message, epoch: serverEpoch(held), writes: this.#state(next, "message") };
  }

  /** Decrypts an entry and moves the cursor past it, whether or not it could be read. */
  async open(held: Held, entry: Entry): Promise<Opening> {
    const opened = await open(held.mls, entry.body);
    if (!opened.ok) {
      const writes = this.update(held, readUpTo(entry));
      return { content: undefined, sender: undefined, refused: opened.refused, writes };
    }
    const next = { ...held, mls: opened.conversation };
    const writes = [...this.update(next, readUpTo(entry)), ...this.#state(next, "message")];
    const { sender } = opened;
    return { content: genuine(opened, entry), sender, refused: undefined, writes };
  }

  /** As `open`, for what came by the inbox: this log's cursor stays. */
  async openAside(held: Held, entry: Entry, message: Uint8Array): Promise<Opening> {
    const opened = await open(held.mls, message);
    if (!opened.ok) return { content: undefined, sender: undefined, refused: opened.refused, writes: [] };
    const next = { ...held, mls: opened.conversation };
    this.#held.set(next.log, next);
    const { sender } = opened;
    return {
      content: genuine(opened, entry),
      sender,
      refused: undefined,
      writes: this.#state(next, "message"),
    };
  }

  device(): Device {
    const { credential, signature } = this.#parts.profile();
    return { credential, signatureSecret: signature.secret };
  }

  #put(held: Held): VaultWrite[] {
    this.#held.set(held.log, held);
    const { mls: _, ...record } = held;
    this.#listed?.set(held.log, listed(record));
    return [put("conversation", held.log, () => encodeRecord(record))];
  }

  /** The tree is written with each commit, the small moving part with each message. */
  #state(held: Held, step: "commit" | "message"): VaultWrite[] {
    const ratchet = put("ratchet", held.log, () => saveRatchet(held.mls));
    return step === "message" ? [ratchet] : [put("group", held.log, () => saveGroup(held.mls)), ratchet];
  }

  #list(): Map<LogId, Listed> {
    this.#listed ??= new Map(
      this.#parts.store.all("conversation").map(({ key, value }) => [key, listedFrom(key, value)]),
    );
    return this.#listed;
  }

  #read(log: LogId): Held | undefined {
    const { store, mls } = this.#parts;
    const [record, group, ratchet] = [
      store.get("conversation", log),
      store.get("group", log),
      store.get("ratchet", log),
    ];
    if (record === undefined || group === undefined || ratchet === undefined) return undefined;
    const loaded = load(mls, this.device(), { group, ratchet });
    if (!loaded.ok && loaded.refused === "unsupported") throw new StoreFailure("newer");
    if (!loaded.ok) return undefined; // the conversation is come back into from outside (see healing.ts)
    return { ...readRecord(record), mls: loaded.conversation };
  }
}

/** A write whose bytes are made when it is written: of many to one place in one step, only the last is (see Step). */
function put(table: VaultTable, key: string, bytes: () => Uint8Array): VaultWrite {
  return {
    put: table,
    key,
    get value() {
      return bytes();
    },
  };
}

/** The id stands in three places that the server cannot all write: it is the same in each, or the entry is not. */
function genuine(
  { content: bytes, aad }: { readonly content: Uint8Array; readonly aad: Uint8Array },
  { id }: Entry,
): Content | undefined {
  const content = decodeContent(bytes);
  return content?.id === id && Buffer.from(aad).equals(Buffer.from(id)) ? content : undefined;
}
