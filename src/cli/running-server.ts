// A server put together and running: its key, its secret, its store, its listener, its core.
// Must not know how it is shown or which command asked for it.

import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { formatLink } from "../domain/join-link.ts";
import { fingerprint } from "../mls/safety-number.ts";
import { certificateOf } from "../net/certificate.ts";
import { listen } from "../net/listen.ts";
import { systemClock } from "../net/system-clock.ts";
import type { Log } from "../ports.ts";
import type { Quota } from "../ports/server-store.ts";
import type { FileLimits } from "../server/blobs.ts";
import { Server } from "../server/server.ts";
import { openBlobs } from "../store/blobs-files.ts";
import { holdServerData } from "../store/server-hold.ts";
import { openServerStore } from "../store/server-sqlite.ts";
import { createPrivateFolder } from "../store/private-files.ts";
import { encodeMessage } from "../wire/codec.ts";
import { MAX_FRAME } from "../wire/limits.ts";
import { keepAddress } from "./invitation-links.ts";
import { BLOBS, DATABASE, KEY, keptBytes, LOCK, SECRET } from "./server-files.ts";

export interface ServerPlace {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly className: string;
  /** The link lets nobody in who is not on this machine: invitations do. */
  readonly inviteOnly?: boolean | undefined;
  /** What the link names instead of an address of this machine. */
  readonly publicHost?: string | undefined;
  readonly publicPort?: number | undefined;
  /** How long entries wait, and how much of one person's may: see ServerSettings. */
  readonly retention?: number | undefined;
  readonly quota?: Quota | undefined;
  readonly files?: FileLimits | undefined;
  readonly log: Log;
}

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly link: string;
  readonly fingerprint: string;
  /** The link of those on this machine, who need none: for programs that start several at once. */
  readonly localLink: string;
  readonly connected: () => number;
  /** Takes nothing new, finishes what is in hand, tells the clients, closes the store. */
  stop(): Promise<void>;
}

/** Room for what a slow reader leaves unread: several of the longest frames. */
const CAP = 8 * MAX_FRAME;

/** Rejects with the system's error when it cannot listen, with StoreFailure when the data cannot be used. */
export async function runServer(place: ServerPlace): Promise<RunningServer> {
  createPrivateFolder(place.data);
  const release = holdServerData(join(place.data, LOCK));
  try {
    return await runAlone(place, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function runAlone(place: ServerPlace, release: () => void): Promise<RunningServer> {
  const seed = keptBytes(join(place.data, KEY), 32);
  const secret = keptBytes(join(place.data, SECRET), 16);
  const blobs = await openBlobs(join(place.data, BLOBS));
  const store = openServerStore(join(place.data, DATABASE));
  const server = new Server(
    { store, blobs, clock: systemClock, log: place.log },
    {
      className: place.className,
      secret,
      inviteOnly: place.inviteOnly,
      retention: place.retention,
      quota: place.quota,
      files: place.files,
    },
  );
  const listener = await listen({
    host: place.host,
    port: place.port,
    seed,
    cap: CAP,
    farewells: {
      slowReader: encodeMessage({ t: "bye", code: "slow-reader" }),
      noKey: encodeMessage({ t: "bye", code: "no-certificate" }),
    },
    clock: systemClock,
    onLink: (link) => server.accept(link),
    onFault: (error) => place.log("error", "bug", { reason: String(error) }),
  }).catch(async (error: unknown) => {
    await server.stop();
    await Promise.all([store.close(), blobs.close()]);
    throw error;
  });
  const pin = certificateOf(seed).publicKey;
  const link = (host: string, port = listener.port) => formatLink({ host, port, pin, secret });
  const outside = {
    host: place.publicHost ?? addressOf(place.host),
    port: place.publicPort ?? listener.port,
  };
  await keepAddress(store, outside, place.log);
  return {
    host: listener.host,
    port: listener.port,
    link: link(outside.host, outside.port),
    localLink: link("127.0.0.1"),
    fingerprint: fingerprint(pin),
    connected: () => server.connected,
    async stop() {
      listener.stopAccepting();
      await server.stop();
      await listener.close();
      await Promise.all([store.close(), blobs.close()]);
      release();
    },
  };
}

/** Where others reach a server that listens on `host`: this machine's first address that is not its own alone. */
function addressOf(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ internal }) => !internal);
  const best = outside.find(({ family }) => family === "IPv4") ?? outside.find(({ scopeid }) => !scopeid);
  return best?.address ?? "127.0.0.1";
}
