// The server's machine in a simulation: one disk, and one process after another over it, each of which may be killed
// around any transaction. Must not know what clients do.

import type { Link, LinkHandler } from "../../../src/ports.ts";
import { StoreFailure } from "../../../src/ports.ts";
import { Server } from "../../../src/server/server.ts";
import { BlobsMemory, type DurableBlobs } from "../../../src/store/blobs-memory.ts";
import { DurableMemory, ServerMemory } from "../../../src/store/server-memory.ts";
import type { Chance } from "./chance.ts";
import type { Listener, Network } from "./network.ts";
import { MachineClock, type Time } from "./time.ts";
import type { Trace } from "./trace.ts";
import type { Process } from "./wire.ts";

interface Running extends Process {
  readonly server: Server;
  readonly store: ServerMemory;
  accept(link: Link): LinkHandler;
}

export interface ServerFate {
  /** A transaction is on the disk. */
  stored(): void;
  /** Where a device's time in a group began: what lies before was never for it. */
  admittedAt(log: string, device: string): number;
  /** The server found a bug of its own. */
  bug(what: string): void;
}

/** Calls of the store at one moment: far more than all that a class can ask for. */
const MOST_CALLS = 50_000;

export const SECRET = new Uint8Array(16).fill(7);

export class ServerMachine implements Listener {
  readonly key: Uint8Array;
  readonly durable = new DurableMemory();
  readonly chunks: DurableBlobs = new Map();
  readonly clock: MachineClock;
  process: Running | undefined;
  /** The disk takes nothing more. */
  full = false;
  /** Transactions until the process dies, and on which side of the last. */
  doom: { left: number; when: "before" | "after" } | undefined;
  network: Network | undefined;
  #calls = 0;
  #callsAt = 0;
  readonly #time: Time;
  readonly #chance: Chance;
  readonly #trace: Trace;
  readonly #fate: () => ServerFate;
  readonly #storeDelay: readonly [number, number];

  constructor(
    time: Time,
    chance: Chance,
    trace: Trace,
    storeDelay: readonly [number, number],
    fate: () => ServerFate,
  ) {
    this.#time = time;
    this.#chance = chance;
    this.#trace = trace;
    this.#fate = fate;
    this.#storeDelay = storeDelay;
    this.key = chance.bytes(32);
    this.clock = new MachineClock(time, 0);
  }

  start(): void {
    if (this.process !== undefined) return;
    this.#trace.line("server", "starts");
    const process = { name: "server", alive: true };
    const memory = new ServerMemory(this.durable, {
      schedule: (run) =>
        void this.#time.after(this.#chance.between(...this.#storeDelay), () => this.#perform(run)),
      fault: () => (this.full ? new StoreFailure("full") : undefined),
    });
    const store = this.#bounded(memory);
    const server = new Server(
      {
        store,
        blobs: new BlobsMemory(this.chunks, { schedule: (run) => void this.#time.after(0, run) }),
        clock: this.clock.of(process),
        log: (level, event, fields = {}) => {
          if (!process.alive) return;
          this.#trace.line("server", `${level} ${event} ${JSON.stringify(fields)}`);
          if (event === "bug" || fields["reason"] === "io") this.#fate().bug(JSON.stringify(fields));
        },
      },
      { className: "CSCE 513", secret: SECRET },
    );
    this.process = Object.assign(process, { server, store, accept: (link: Link) => server.accept(link) });
  }

  /** The process is no more; what its store had not committed never was. */
  kill(): void {
    const { process } = this;
    if (process === undefined) return;
    this.#trace.line("server", "dies");
    process.alive = false;
    process.store.crash();
    this.process = undefined;
    this.doom = undefined;
    this.network?.bury(process);
  }

  /** Ends in order; then calls back, unless the process died over it. */
  async stop(stopped: () => void): Promise<void> {
    const { process } = this;
    if (process === undefined) return;
    this.#trace.line("server", "stops");
    await process.server.stop();
    if (!process.alive) return;
    await process.store.close();
    this.#fate().stored();
    process.alive = false;
    if (this.process === process) this.process = undefined;
    this.#trace.line("server", "has stopped");
    stopped();
  }

  /** While the server is down: some cursors are found where they were a while ago, so that entries come twice. */
  forgetCursors(): void {
    if (this.process !== undefined) return;
    for (const [log, { head, entries, cursors }] of this.durable.logs) {
      for (const [device, cursor] of cursors) {
        const floor = Math.max(head - entries.length, this.#fate().admittedAt(log, device) - 1);
        const back = Math.max(Math.min(cursor, floor), cursor - this.#chance.below(6));
        cursors.set(device, back);
      }
    }
    this.#trace.line("server", "has older cursors");
  }

  /** The disk as it is now. */
  copy(): DurableMemory {
    return structuredClone({ ...this.durable });
  }

  /** While the server is down: its disk is as it was when the copy was taken. */
  putBack(copy: DurableMemory): void {
    if (this.process !== undefined) return;
    const { accounts, packages, logs } = structuredClone({ ...copy });
    fill(this.durable.accounts, accounts);
    fill(this.durable.packages, packages);
    fill(this.durable.logs, logs);
    this.#trace.line("server", "is put back from a copy");
  }

  /** A core that asks again and again without letting time pass would do so for ever: it gets no answer any more. */
  #bounded(store: ServerMemory): ServerMemory {
    return new Proxy(store, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== "function") return member;
        return (...given: unknown[]): unknown => {
          this.#calls = this.#callsAt === this.#time.now ? this.#calls + 1 : 0;
          this.#callsAt = this.#time.now;
          if (this.#calls < MOST_CALLS) return Reflect.apply(member, target, given);
          this.#fate().bug("it asks its store without end");
          return new Promise(() => {});
        };
      },
    });
  }

  #perform(run: () => void): void {
    const { doom } = this;
    if (doom !== undefined) doom.left -= 1;
    const now = doom !== undefined && doom.left <= 0 ? doom.when : undefined;
    if (now === "before") return this.kill();
    run();
    this.#fate().stored();
    if (now === "after") this.kill();
  }
}

function fill<K, V>(map: Map<K, V>, from: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of from) map.set(key, value);
}
