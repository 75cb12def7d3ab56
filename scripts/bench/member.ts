// A person with the client's core, online: what the benches of groups are made of.
// Must not know what is measured.

import { Client } from "../../src/client/client.ts";
import type { ClientEvent } from "../../src/client/events.ts";
import { createProfile, loadProfile } from "../../src/client/profile.ts";
import { dialer } from "../../src/net/dial.ts";
import { systemClock } from "../../src/net/system-clock.ts";
import type { ClientStore } from "../../src/ports.ts";
import { diskShelf } from "../../src/store/file-shelf.ts";
import { VaultDisk, VaultMemory } from "../../src/store/vault-memory.ts";
import { MAX_FRAME } from "../../src/wire/limits.ts";
import { type Address, random } from "./raw-client.ts";
import { Tap } from "./tap.ts";

export interface Member {
  readonly name: string;
  readonly client: Client;
  readonly tap: Tap;
}

/** Comes online, for the first time or again; `heard` is told all but the status. Rejects where it cannot. */
export async function arrive(
  name: string,
  server: Address,
  heard: (event: ClientEvent) => void = () => {},
  store: ClientStore = new VaultMemory(new VaultDisk()),
): Promise<Member> {
  const bug = (error: unknown) =>
    queueMicrotask(() => {
      throw error;
    });
  const address = { host: "127.0.0.1", port: server.port, pin: server.pin };
  const profile = loadProfile(store) ?? createProfile(store, random, name, address);
  const dial = dialer({
    ...address,
    seed: profile.device.secret,
    timeout: 30_000,
    cap: 16 * MAX_FRAME,
    clock: systemClock,
    onFault: bug,
  });
  const tap = new Tap();
  const client = new Client(
    { store, clock: systemClock, random, dial: tap.over(dial), shelf: diskShelf, bug },
    profile,
    "bench",
  );
  const online = Promise.withResolvers<void>();
  client.subscribe((event) => {
    if (event.type !== "status") return heard(event);
    if (event.status.state === "online") online.resolve();
    if (event.status.state === "offline")
      online.reject(new Error(`${name} is offline: ${JSON.stringify(event.status.cause)}`));
  });
  client.start();
  await online.promise;
  return { name, client, tap };
}

/** Is let into a group. Throws where that fails, or takes so long that it goes on by itself. */
export async function join({ name, client }: Member, group: string): Promise<void> {
  const asked = await client.joinGroup(group);
  if (!asked.ok || asked.value.state !== "done")
    throw new Error(`${name} is not let into ${group}: ${JSON.stringify(asked)}`);
}

/** Writes to a group; resolves when the message is on this device's disk. */
export async function say({ client }: Member, group: string, text: string): Promise<void> {
  await client.send(`@${group}`, text);
}
