// A person's machine in a simulation: one vault, and one client after another over it, each of which may be killed
// around any write; and what its user does. Must not know how the network fails.

import { Client } from "../../../src/client/client.ts";
import type { ClientEvent, Face, Status } from "../../../src/client/events.ts";
import { createProfile, loadProfile } from "../../../src/client/profile.ts";
import { SerialEnded } from "../../../src/client/serial.ts";
import { encodeId } from "../../../src/domain/id.ts";
import { StoreFailure } from "../../../src/ports.ts";
import { memoryShelf, ShelfDisk } from "../../../src/store/file-shelf-memory.ts";
import { VaultDisk } from "../../../src/store/vault-memory.ts";
import type { Chance } from "./chance.ts";
import { contentOf, shelfOf } from "./files.ts";
import type { Ledger } from "./ledger.ts";
import type { Caller, Network } from "./network.ts";
import type { Said, Violate } from "./said.ts";
import { SECRET } from "./server-machine.ts";
import type { MachineClock } from "./time.ts";
import type { Trace } from "./trace.ts";
import { conversationsOf, isLeaving } from "./vault-records.ts";
import { Died, WatchedVault } from "./watched-vault.ts";
import type { Process } from "./wire.ts";

/** What all machines of a simulation share. */
export interface Surroundings {
  readonly network: Network;
  readonly ledger: Ledger;
  readonly trace: Trace;
  readonly violate: Violate;
  readonly serverKey: Uint8Array;
  /** Whether a face that starts now tells what it shows. */
  readonly tells: () => boolean;
}

/** A disk as it was. */
export type VaultCopy = Pick<VaultDisk, "records" | "conversations">;

export class Device implements Caller {
  readonly name: string;
  readonly disk = new VaultDisk();
  readonly shelf = new ShelfDisk();
  readonly clock: MachineClock;
  reachable = true;
  full = false;
  /** Writes until the program dies, and on which side of the last. */
  doom: { left: number; when: "before" | "after" } | undefined;
  device = new Uint8Array(32);
  status: Status["state"] | undefined;
  /** Whether the client is being ended in order. */
  leaving = false;
  #process: Process | undefined;
  #client: Client | undefined;
  #boots = 0;
  #tells = false;
  readonly #chance: Chance;
  readonly #around: Surroundings;

  constructor(name: string, clock: MachineClock, chance: Chance, around: Surroundings) {
    this.name = name;
    this.clock = clock;
    this.#chance = chance;
    this.#around = around;
  }

  /** The client, while it runs and takes what its user does. */
  get client(): Client | undefined {
    return this.leaving ? undefined : this.#client;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  boot(): void {
    if (this.running) return;
    const { network, ledger, serverKey } = this.#around;
    this.#line("starts");
    const process: Process = { name: this.name, alive: true };
    this.#process = process;
    this.#tells = this.#around.tells();
    ledger.reads.tells(this.name, this.#tells);
    const random = this.#chance.fork(`boot ${this.#boots++}`);
    const bytes = (n: number) => random.bytes(n);
    const vault = new WatchedVault(this.disk, process, {
      isFull: () => this.full,
      strikes: (when) => this.#strikes(when),
      wrote: (writes) => ledger.wrote(this.name, writes),
    });
    try {
      const server = { host: "memory", port: 1, pin: serverKey, secret: SECRET };
      const profile = loadProfile(vault) ?? createProfile(vault, bytes, this.name, server);
      this.device = new Uint8Array(profile.device.public);
      const { identity } = profile;
      ledger.joins({
        name: this.name,
        identity: identity.public,
        device: encodeId(this.device),
        disk: this.disk,
        leaves: (log) => isLeaving(this.disk, log),
      });
      const ports = {
        store: vault,
        clock: this.clock.of(process),
        random: bytes,
        dial: network.dial(this, process),
        shelf: shelfOf(memoryShelf(this.shelf), process),
        bug: (error: unknown) => {
          if (process.alive) this.#around.violate("no bug comes to light", `${this.name}: ${stackOf(error)}`);
        },
      };
      const client = new Client(ports, profile, "simulation");
      client.subscribe((event) => {
        if (process.alive) this.#told(event);
      });
      void client.receiveInto({ folder: "downloads", upTo: 1e9 });
      this.#client = client;
      client.start();
    } catch (error) {
      if (error instanceof Died) return;
      if (!(error instanceof StoreFailure)) throw error;
      this.#line(`does not start: ${error.reason}`);
      this.#end(process);
    }
  }

  /** The program is no more, at this very moment. */
  kill(): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#line("dies");
    this.#end(process);
    this.#around.network.bury(process);
  }

  /** The user ends the program in order. */
  leave(): void {
    const process = this.#process;
    const client = this.#client;
    if (process === undefined || client === undefined || this.leaving) return;
    this.#line("leaves");
    this.leaving = true;
    const close = async () => {
      await client.close();
      if (!process.alive) return;
      this.#line("has left");
      this.#end(process);
    };
    close().catch((error: unknown) => this.#unless(process, error));
  }

  /** `to`: a person, or `@` and a group. `last`: nothing fails any more. `replyTo`: the message that it answers. */
  say(to: string, size: number, last = false, replyTo?: string): void {
    this.#write(
      () => this.#around.ledger.sayings.asks(this.name, to, size, last, replyTo),
      (client, { text }) => client.send(to, text, replyTo === undefined ? {} : { replyTo }),
    );
  }

  sendFile(to: string, size: number): void {
    this.#write(
      () => this.#around.ledger.sayings.asksFile(this.name, to, size),
      async (client, { text }) => {
        this.shelf.put(`/home/${text}`, contentOf(text, size));
        const sent = await client.sendFile(to, `/home/${text}`);
        if (!sent.ok) throw new Error(`a file is not taken: ${sent.reason}`);
        return sent.value;
      },
    );
  }

  #write(ask: () => Said, write: (client: Client, said: Said) => Promise<{ readonly id: string }>): void {
    const process = this.#process;
    const { client } = this;
    if (process === undefined || client === undefined) return;
    const said = ask();
    this.#line(`writes ${said.n} to ${said.to}`);
    const send = async () => {
      const { id } = await write(client, said);
      if (!process.alive) return;
      said.id = id;
      if (said.outcome === "unknown") said.outcome = "kept";
      this.#line(`has kept ${said.n} as ${id}`);
    };
    send().catch((error: unknown) => {
      // A file is looked at first, and the user may leave before it is kept.
      const isEnded = said.file !== undefined && error instanceof SerialEnded;
      if (process.alive && (isEnded || error instanceof StoreFailure)) said.outcome = "refused";
      else this.#unless(process, error);
    });
  }

  /** The groups this device is in, by its own disk. */
  groups(): { readonly log: string; readonly name: string }[] {
    return conversationsOf(this.disk).flatMap(({ log, name, kind, leaving }) =>
      kind === "group" && leaving === undefined ? [{ log, name }] : [],
    );
  }

  /** The user does something else; what comes of it is told, or seen later. */
  asks(what: string, ask: (face: Face) => Promise<unknown>): void {
    const process = this.#process;
    const { client } = this;
    if (process === undefined || client === undefined) return;
    this.#line(what);
    const asked = async () => {
      const answer = await ask(client);
      if (process.alive) this.#line(`${what}: ${JSON.stringify(answer)?.slice(0, 160)}`);
    };
    asked().catch((error: unknown) => {
      // The disk may be full, and the user may leave in the middle.
      if (!(error instanceof StoreFailure || error instanceof SerialEnded)) this.#unless(process, error);
    });
  }

  /** The user reads what is new. */
  look(): void {
    this.asks("reads", async (face) => {
      for (const { conversation, position } of await face.unread())
        if (position !== undefined) await face.shown(conversation, position, { tell: this.#tells });
      await face.history({ limit: 50 });
      await face.users();
    });
  }

  /** While the program is not running: the disk is as it was when the copy was taken. */
  putBack(copy: VaultCopy): void {
    if (this.running) return;
    this.#line("is put back from a copy");
    const { records, conversations } = structuredClone(copy);
    for (const table of new Set([...this.disk.records.keys(), ...records.keys()]))
      this.disk.records.set(table, records.get(table) ?? new Map());
    this.disk.conversations.clear();
    for (const [key, rows] of conversations) this.disk.conversations.set(key, rows);
    this.#around.ledger.putBack(this.name, this.disk);
  }

  copy(): VaultCopy {
    const { records, conversations } = this.disk;
    return structuredClone({ records, conversations });
  }

  #end(process: Process): void {
    process.alive = false;
    this.disk.holder = undefined;
    this.#process = undefined;
    this.#client = undefined;
    this.status = undefined;
    this.leaving = false;
    this.doom = undefined;
  }

  #strikes(when: "before" | "after"): boolean {
    const { doom } = this;
    if (doom === undefined) return false;
    if (when === "before") doom.left -= 1;
    if (doom.left > 0 || doom.when !== when) return false;
    this.#line(`is struck ${when} a write`);
    this.kill();
    return true;
  }

  #told(event: ClientEvent): void {
    if (event.type === "status") this.status = event.status.state;
    this.#line(`is told ${JSON.stringify(event).slice(0, 160)}`);
    this.#around.ledger.told(this.name, event);
  }

  #unless(process: Process, error: unknown): void {
    if (process.alive) this.#around.violate("nothing throws", `${this.name}: ${stackOf(error)}`);
  }

  #line(what: string): void {
    this.#around.trace.line(this.name, what);
  }
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
