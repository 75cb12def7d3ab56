// What the server sees, read from its own database beside it: accounts, entries, cursors. The sealed part of an entry
// is shown as the bytes it is. Must not know what the people see.

import type { Entry } from "../domain/entry.ts";
import type { DeviceId, LogId } from "../domain/id.ts";
import type { ServerStore } from "../ports/server-store.ts";
import { ciphertextOf } from "./demo-ciphertext.ts";
import type { Cell } from "./demo-screen.ts";

/** More than the demo has. */
const ACCOUNTS = 100;
const ENTRIES = 100;
const BYTES = 1024 * 1024;
/** Bytes of a ciphertext that are shown. */
const SHOWN = 8;

export class DemoServer {
  readonly #store: ServerStore;
  /** The seq up to which each log was shown. */
  readonly #shown = new Map<LogId, number>();
  readonly #messages: Entry[] = [];

  /** `store`: a second opening of the server's database, which is only read. */
  constructor(store: ServerStore) {
    this.#store = store;
  }

  /** The messages shown so far, as they lie there. */
  get messages(): readonly Entry[] {
    return this.#messages;
  }

  async account(name: string): Promise<Cell[]> {
    const device = await this.deviceOf(name);
    return [{ text: `account ${name} · device ${short(device)}` }];
  }

  async deviceOf(name: string): Promise<DeviceId> {
    const device = (await this.#store.account(name))?.devices[0];
    if (device === undefined) throw new Error("demo: somebody is online and not registered");
    return device;
  }

  /** The entries that were not there at the last look, oldest first. */
  async news(): Promise<Cell[]> {
    const found: Entry[] = [];
    for (const log of await this.#logs()) {
      const entries = await this.#store.entries(log, this.#shown.get(log) ?? 0, ENTRIES, BYTES);
      for (const entry of entries) this.#shown.set(log, entry.seq);
      found.push(...entries);
    }
    found.sort((a, b) => a.time - b.time);
    this.#messages.push(...found.filter(({ kind }) => kind === "message"));
    return found.flatMap(entryCells);
  }

  /** How far the device of `name` has come in the log that holds the newest message. */
  async progress(name: string): Promise<Cell[]> {
    const device = await this.deviceOf(name);
    const log = this.#messages.at(-1)?.log;
    const member = log && (await this.#store.members(log)).find((one) => one.device === device);
    if (!log || !member) throw new Error("demo: a message was delivered to somebody who has no cursor");
    return [{ text: `device ${short(device)} has it up to seq ${member.cursor}` }];
  }

  /** How much waits there for `name`. */
  async waiting(name: string): Promise<Cell[]> {
    const device = await this.deviceOf(name);
    return [{ text: `waiting for device ${short(device)}: ${await this.#store.waiting(device)}` }];
  }

  /** Every log there is, the inboxes first. */
  async #logs(): Promise<LogId[]> {
    const accounts = await this.#store.accounts("", ACCOUNTS);
    const devices = accounts.flatMap((account) => account.devices);
    const memberships = (await Promise.all(devices.map((device) => this.#store.memberships(device)))).flat();
    memberships.sort((a, b) => Number(a.kind !== "inbox") - Number(b.kind !== "inbox"));
    return [...new Set(memberships.map(({ log }) => log))];
  }
}

/** The beginning of an id or key: enough to see which is which. */
function short(id: string): string {
  return `${id.slice(0, 6)}…`;
}

function entryCells(entry: Entry): Cell[] {
  const { log, seq, sender, kind, body } = entry;
  const where = kind === "welcome" ? "inbox" : "log";
  const hex = ciphertextOf(entry).subarray(0, SHOWN).toHex().match(/.{4}/g) ?? [];
  return [
    { text: `${where} ${short(log)} seq ${seq} from ${short(sender)}` },
    { text: `${kind}, ${body.length} B: ${hex.join(" ")}…`, style: "dim" },
  ];
}
