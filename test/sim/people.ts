// A class in one process: the server's core and clients' cores over memory, for tests of what they do together.

import { Client } from "../../src/client/client.ts";
import type { ClientEvent, Face, MessageState } from "../../src/client/events.ts";
import { createProfile, loadProfile } from "../../src/client/profile.ts";
import { type Clock, type ClientStore, type Dial, StoreFailure } from "../../src/ports.ts";
import { Server, type ServerSettings } from "../../src/server/server.ts";
import { BlobsMemory, type DurableBlobs } from "../../src/store/blobs-memory.ts";
import { memoryShelf, ShelfDisk } from "../../src/store/file-shelf-memory.ts";
import { DurableMemory, ServerMemory } from "../../src/store/server-memory.ts";
import { VaultDisk, type VaultHooks, VaultMemory } from "../../src/store/vault-memory.ts";
import { network } from "./network.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));

/** Real time; what is due far off does not keep the test alive. */
const realClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

const SECRET = new Uint8Array(16).fill(7);

/** The same as lies on another's disk: a profile that was copied to another machine. */
export function copyOf(disk: VaultDisk): VaultDisk {
  const copy = new VaultDisk();
  for (const [table, records] of disk.records) copy.records.set(table, new Map(records));
  for (const [name, rows] of disk.conversations) copy.conversations.set(name, new Map(rows));
  return copy;
}

export interface Person {
  readonly face: Face;
  readonly events: ClientEvent[];
  readonly disk: VaultDisk;
  /** Where this person's own files lie, those received in `downloads`. */
  readonly shelf: ShelfDisk;
  /** The first event, past or coming, that fits. */
  until(fits: (event: ClientEvent) => boolean): Promise<ClientEvent>;
  /** Writes, and waits until it has come as far as this. */
  say(to: string, text: string, state?: MessageState): Promise<string>;
  /** The texts that others' messages had, in the order they were shown. */
  heard(): string[];
}

export interface ClassroomOptions extends Pick<ServerSettings, "retention" | "quota" | "files"> {
  readonly local?: boolean;
  /** What the server's disk holds already. */
  readonly durable?: DurableMemory;
  readonly blobs?: DurableBlobs;
  /** A clock that goes on in `settle` and `pass` alone; else it is the real one. */
  readonly clock?: VirtualClock;
}

/** Things that fall due one after the other before `settle` gives up. */
const MOST_STEPS = 400;

export function classroom(options: ClassroomOptions = {}) {
  const clock = options.clock ?? realClock;
  const durable = options.durable ?? new DurableMemory();
  let fault: StoreFailure | undefined;
  const store = new ServerMemory(durable, { fault: () => fault });
  const logged: string[] = [];
  const server = new Server(
    {
      store,
      blobs: new BlobsMemory(options.blobs ?? new Map()),
      clock,
      log: (level, event, fields) => logged.push(`${level} ${event} ${JSON.stringify(fields ?? {})}`),
    },
    {
      className: "CSCE 513",
      secret: SECRET,
      retention: options.retention,
      quota: options.quota,
      files: options.files,
    },
  );
  const serverKey = random(32);
  const net = network((link) => server.accept(link), serverKey, options.local ?? true);
  const bugs: unknown[] = [];

  /** Somebody sits down: with a new vault, or with the one they had. `tap` may change how the server is reached. */
  function person(
    name: string,
    given: {
      disk?: VaultDisk;
      shelf?: ShelfDisk;
      /** Files up to this size are taken without asking, bytes. */
      upTo?: number;
      secret?: Uint8Array;
      hooks?: VaultHooks;
      tap?: (dial: Dial) => Dial;
      offline?: boolean;
      /** The clock of this person's machine, where it is not the one of all. */
      clock?: Clock;
    } = {},
  ): Person {
    const disk = given.disk ?? new VaultDisk();
    const shelf = given.shelf ?? new ShelfDisk();
    const vault: ClientStore = new VaultMemory(disk, given.hooks);
    const secret = given.secret === undefined ? {} : { secret: given.secret };
    const profile =
      loadProfile(vault) ?? createProfile(vault, random, name, { host: "memory", port: 1, ...secret });
    const reach = net.dial(profile.device.public);
    const dial = given.tap === undefined ? reach : given.tap(reach);
    const client = new Client(
      {
        store: vault,
        clock: given.clock ?? clock,
        random,
        dial,
        shelf: memoryShelf(shelf),
        bug: (error) => bugs.push(error),
      },
      profile,
      "test",
    );
    void client.receiveInto({ folder: "downloads", upTo: given.upTo ?? 1e9 });
    const events: ClientEvent[] = [];
    const waiting = new Set<(event: ClientEvent) => void>();
    client.subscribe((event) => {
      events.push(event);
      for (const look of waiting) look(event);
    });
    function until(fits: (event: ClientEvent) => boolean): Promise<ClientEvent> {
      const found = events.find(fits);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => {
        const look = (event: ClientEvent) => {
          if (!fits(event)) return;
          waiting.delete(look);
          resolve(event);
        };
        waiting.add(look);
      });
    }
    if (given.offline !== true) client.start();
    return {
      face: client,
      events,
      disk,
      shelf,
      until,
      async say(to, text, state = "accepted") {
        const { id } = await client.send(to, text);
        await until((event) => event.type === "state" && event.id === id && event.state === state);
        return id;
      },
      heard: () => events.flatMap((event) => (event.type === "message" ? [event.message.text] : [])),
    };
  }

  function virtual(): VirtualClock {
    if (options.clock === undefined) throw new Error("classroom: the clock is a real one");
    return options.clock;
  }

  /** Lets everything happen, and time go on as far as it must, until `done`. */
  async function settle(done: () => boolean): Promise<void> {
    await net.quiet();
    for (let steps = 0; !done(); steps++) {
      if (steps >= MOST_STEPS || !virtual().step(10 * 60_000))
        throw new Error("settle: it does not come to this");
      await net.quiet();
    }
  }

  /** Lets everything happen that does within `ms`. */
  async function pass(ms: number): Promise<void> {
    await net.quiet();
    for (const end = virtual().now() + ms; virtual().step(end - virtual().now());) await net.quiet();
  }

  return {
    server,
    net,
    settle,
    pass,
    clock,
    durable,
    store,
    person,
    bugs,
    logged,
    serverKey,
    secret: SECRET,
    breakDisk: (reason: StoreFailure["reason"] | undefined) => {
      fault = reason === undefined ? undefined : new StoreFailure(reason);
    },
  };
}

export const online = (event: ClientEvent) => event.type === "status" && event.status.state === "online";
export const message =
  (text: string) =>
  (event: ClientEvent): boolean =>
    event.type === "message" && event.message.text === text;
