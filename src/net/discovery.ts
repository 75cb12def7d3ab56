// Owns multicast DNS (RFC 6762): says that a class is here, and asks which ones are. One socket for each address of this
// machine, so that a network without a way out is served as well. Must not know what is done with what is found.

import { networkInterfaces } from "node:os";
import multicastDns from "multicast-dns";
import type { Clock } from "../ports.ts";
import {
  type Announced,
  answersTo,
  classesIn,
  type FoundClass,
  gathered,
  isOnLink,
  recordsOf,
  SERVICE,
} from "./discovery-records.ts";

export interface DiscoveryOptions {
  readonly clock: Clock;
  /** IPv4 addresses of this machine; all of them unless given. */
  readonly addresses?: (() => readonly string[]) | undefined;
  /** 5353 unless a test has one of its own. */
  readonly mdnsPort?: number | undefined;
}

export interface AnnounceOptions extends DiscoveryOptions {
  readonly announced: Announced;
  /** Told once what keeps it from being found (`code` of the system's error); it is tried again quietly. */
  readonly onTrouble: (code: string) => void;
}

export interface Announcement {
  /** Takes it back, so that it is gone from lists at once. */
  close(): Promise<void>;
}

type Socket = ReturnType<typeof multicastDns>;

const PORT = 5353;
/** Wi-Fi comes up late, and addresses change. */
const LOOK_AGAIN_MS = 10_000;
/** RFC 6762 §6: the same answer goes to a network once a second at the most. */
const ANSWER_PAUSE_MS = 1_000;
const MOST_CLASSES = 64;
/** When it is asked: a question may get lost, and an answer, which comes again after ANSWER_PAUSE_MS alone. */
const ASK_AT_MS = [0, 250, ANSWER_PAUSE_MS + 100] as const;
/** How long the last question is given to be answered. */
const LAST_ANSWER_MS = 400;

/** Announces a class until it is closed. What goes wrong is told and keeps nothing else from working. */
export function announce(options: AnnounceOptions): Announcement {
  const { clock } = options;
  const sockets = new Map<string, Socket>();
  let told = false;
  const trouble = (error: Error) => {
    if (!told) options.onTrouble(codeOf(error));
    told = true;
  };
  const add = (address: string) => {
    const socket = open(address, options, (error) => {
      trouble(error);
      drop(address);
    });
    if (socket === undefined) return;
    sockets.set(address, socket);
    let last = -Infinity;
    const netmask = netmaskOf(address);
    const ignore = () => undefined; // the network is away: it is said again when somebody asks
    socket.on("ready", () => socket.respond(recordsOf(options.announced, address), ignore));
    socket.on("query", ({ questions }, asker) => {
      if (!isOnLink(asker.address, address, netmask)) return;
      const answers = answersTo(questions ?? [], recordsOf(options.announced, address));
      if (answers.length === 0) return;
      // RFC 6762 §6.7: whoever asks from another port wants the answer there.
      if (asker.port !== (options.mdnsPort ?? PORT)) return socket.respond(answers, asker, ignore);
      if (clock.now() - last < ANSWER_PAUSE_MS && clock.now() >= last) return;
      last = clock.now();
      socket.respond(answers, ignore);
    });
  };
  const drop = (address: string) => {
    const socket = sockets.get(address);
    sockets.delete(address);
    socket?.destroy();
  };
  let cancel = () => {};
  const look = () => {
    const now = addressesOf(options);
    for (const address of sockets.keys()) if (!now.includes(address)) drop(address);
    for (const address of now) if (!sockets.has(address)) add(address);
    cancel = clock.after(LOOK_AGAIN_MS, look);
  };
  look();
  return {
    async close() {
      cancel();
      const open = [...sockets];
      sockets.clear();
      await Promise.all(
        open.map(([address, socket]) => farewell(socket, recordsOf(options.announced, address, 0))),
      );
    },
  };
}

/**
 * The classes that answer within 1.5 s, at most 64. `trouble` is the code of the system's error where no socket
 * could ask.
 */
export async function discover(
  options: DiscoveryOptions,
): Promise<{ readonly classes: readonly FoundClass[]; readonly trouble: string | undefined }> {
  const { clock } = options;
  let classes: readonly FoundClass[] = [];
  let trouble: string | undefined;
  let asked = 0;
  const failed = (error: Error) => {
    trouble ??= codeOf(error);
  };
  const sockets: Socket[] = [];
  for (const own of addressesOf(options)) {
    const socket = open(own, options, failed);
    if (socket === undefined) continue;
    sockets.push(socket);
    const netmask = netmaskOf(own);
    socket.on("response", ({ answers, additionals }, { address }) => {
      if (!isOnLink(address, own, netmask)) return;
      classes = gathered(
        classes,
        classesIn([...(answers ?? []), ...(additionals ?? [])], address),
        MOST_CLASSES,
      );
    });
    const ask = () =>
      socket.query({ questions: [{ name: SERVICE, type: "PTR" }] }, (error: Error | null) => {
        if (error === null || error === undefined) asked++;
        else failed(error);
      });
    socket.on("ready", () => {
      for (const at of ASK_AT_MS) clock.after(at, ask);
    });
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.after(Math.max(...ASK_AT_MS) + LAST_ANSWER_MS, resolve);
  await promise;
  await Promise.all(sockets.map((socket) => closed(socket)));
  return { classes, trouble: asked === 0 ? (trouble ?? "ENETUNREACH") : undefined };
}

function open(
  address: string,
  { mdnsPort }: DiscoveryOptions,
  failed: (error: Error) => void,
): Socket | undefined {
  try {
    // Bound to every address, as what comes by multicast goes to none of them; sent and joined by this one alone.
    const socket = multicastDns({ interface: address, bind: "0.0.0.0", port: mdnsPort ?? PORT });
    socket.on("error", failed);
    socket.on("warning", () => undefined); // packets that are none, interfaces that have gone
    return socket;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    failed(error);
    return undefined;
  }
}

function farewell(socket: Socket, records: ReturnType<typeof recordsOf>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.respond(records, () => resolve());
  return promise.then(() => closed(socket));
}

function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.destroy(() => resolve());
  return promise;
}

function addressesOf({ addresses }: DiscoveryOptions): readonly string[] {
  return addresses === undefined ? interfaces().map(({ address }) => address) : addresses();
}

/** An address that is not this machine's has only itself beside it. */
function netmaskOf(own: string): string {
  return interfaces().find(({ address }) => address === own)?.netmask ?? "255.255.255.255";
}

function interfaces() {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.filter(({ family }) => family === "IPv4");
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.name;
}
