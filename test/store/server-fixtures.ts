// People, devices and entries for the tests of the server's stores, and where a store under test comes from.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  Append,
  Founding,
  GroupChange,
  LogCreation,
  Registration,
  ServerStore,
} from "../../src/ports/server-store.ts";

/** A store under test. `reopen` closes it and opens what it left behind. */
export interface Subject {
  readonly store: ServerStore;
  reopen(): Promise<Subject>;
  /** Closes the store and removes what it left behind. */
  dispose(): Promise<void>;
}

/** A device id made of a word, as long as a real one. */
export function deviceOf(word: string): string {
  return word.padEnd(43, "_");
}

/** A log id made of a word, as long as a real one. */
export function logOf(word: string): string {
  return word.padEnd(32, "_");
}

/** Bytes of text, for bodies. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The identity key of a person, told by a number. */
export function identityOf(person: number): Uint8Array {
  return new Uint8Array(32).fill(person);
}

/** A registration of `name`, whose device is named after it unless `changes` say otherwise. */
export function registration(
  name: string,
  person: number,
  changes: Partial<Registration> = {},
): Registration {
  return {
    name,
    fold: name.toLowerCase(),
    skeleton: name.toLowerCase(),
    identity: identityOf(person),
    device: deviceOf(name.toLowerCase()),
    credential: bytes(`credential of ${name}`),
    time: 1,
    ...changes,
  };
}

/** A direct log between devices (words) without welcomes, unless `changes` say otherwise. */
export function creation(
  log: string,
  members: readonly string[],
  changes: Partial<LogCreation> = {},
): LogCreation {
  const devices = members.map(deviceOf);
  return {
    log: logOf(log),
    kind: "direct",
    epoch: 0,
    members: devices,
    info: bytes("GroupInfo"),
    welcomes: [],
    creator: devices[0] ?? deviceOf("nobody"),
    time: 2,
    ...changes,
  };
}

/** A message from a device (word) in a log (word). */
export function message(log: string, sender: string, id: string, changes: Partial<Append> = {}): Append {
  return {
    log: logOf(log),
    id,
    sender: deviceOf(sender),
    kind: "message",
    epoch: 0,
    time: 3,
    body: bytes(`body of ${id}`),
    ...changes,
  };
}

/** The founding of a group whose log is named as the group is. */
export function founding(name: string, creator: string, changes: Partial<Founding> = {}): Founding {
  return {
    log: logOf(name),
    fold: name,
    skeleton: name,
    rules: bytes(`rules of ${name}`),
    info: bytes("GroupInfo 0"),
    creator: deviceOf(creator),
    ...changes,
  };
}

/** Who comes and who goes by a commit, in words; those who come get a Welcome called after `id`. */
export interface Changed {
  readonly added?: readonly string[];
  /** A device that lets itself in. */
  readonly enters?: string;
  readonly removed?: readonly string[];
  readonly rules?: GroupChange["rules"];
  readonly history?: string;
}

/** A commit from a device (word) in a group's log (word), made in `epoch`. */
export function commit(
  log: string,
  sender: string,
  id: string,
  epoch: number,
  { added = [], enters, removed = [], rules, history }: Changed = {},
): Append {
  const welcomed = added.map((name) => ({
    device: deviceOf(name),
    welcome: { id: `${id} welcome`, body: bytes(`welcome of ${name}`) },
  }));
  const change: GroupChange = {
    added: enters === undefined ? welcomed : [...welcomed, { device: deviceOf(enters) }],
    removed: removed.map(deviceOf),
    ...(rules === undefined ? {} : { rules }),
    ...(history === undefined ? {} : { history: { id: `${id} history`, body: bytes(history) } }),
  };
  return message(log, sender, id, { kind: "commit", epoch, info: bytes(`GroupInfo ${epoch + 1}`), change });
}

/** New rules of a group, which give it this name. */
export function rulesOf(name: string, closed = false): NonNullable<GroupChange["rules"]> {
  return { fold: name, skeleton: name, bytes: bytes(`new rules of ${name}`), closed };
}

/** Registers alice and bob and opens the log "ab" between them. */
export async function aliceAndBob(store: ServerStore): Promise<void> {
  await store.register(registration("alice", 1));
  await store.register(registration("bob", 2));
  await store.create(creation("ab", ["alice", "bob"]));
}

/** A new folder, and how to remove it. */
export function temporaryFolder(): { readonly path: (name: string) => string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "classchat-server-store-"));
  return {
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
