// One connection of a simulated network: two directions, in order, late, in pieces of any size, and cut in every way
// a connection can be. Must not know frames, nor who is at its ends.

import type { Link, LinkEnd, LinkHandler } from "../../../src/ports.ts";
import type { Chance } from "./chance.ts";
import type { Time } from "./time.ts";

/** What runs at one end: after its death it neither does nor is told anything. */
export interface Process {
  readonly name: string;
  alive: boolean;
}

/** How the network of one simulation is. */
export interface Weather {
  readonly time: Time;
  readonly chance: Chance;
  /** How long bytes are on their way, ms. */
  readonly delay: readonly [number, number];
  /** What each queued byte counts as, so that little traffic can fill a queue. */
  readonly weight: number;
  /** Told of what each end sends, whole frames as they are. */
  readonly tap: (wire: Wire, from: "client" | "server", bytes: Uint8Array) => void;
}

/** A queue that was longer than this tells when it is empty again (net/send-queue.ts). */
const LOW_MARK = 16 * 1024;
/** How long a closing link may take to send what is queued, ms (net/tls-link.ts). */
const LINGER = 5_000;

export class End implements Link {
  readonly peer: Uint8Array;
  readonly local = false;
  readonly remote: string;
  readonly process: Process;
  /** Undefined until the other side has taken the connection. */
  handler: LinkHandler | undefined;
  other: End | undefined;
  /** Nothing gets through before this moment. */
  heldUntil = 0;
  readonly #weather: Weather;
  readonly #tap: (bytes: Uint8Array) => void;
  #out: Uint8Array[] = [];
  #bytes = 0;
  #state: "open" | "closing" | "ended" = "open";
  #way: "open" | "closing" | "cut" = "open";
  #flowing = false;
  #overMark = false;

  constructor(weather: Weather, process: Process, peer: Uint8Array, tap: (bytes: Uint8Array) => void) {
    this.#weather = weather;
    this.process = process;
    this.peer = peer;
    this.remote = process.name;
    this.#tap = tap;
  }

  get queued(): number {
    return this.#bytes * this.#weather.weight;
  }

  get ended(): boolean {
    return this.#state === "ended" || !this.process.alive;
  }

  send(first: Uint8Array, rest = new Uint8Array(0)): void {
    if (this.#state !== "open" || !this.process.alive) return;
    const bytes = Buffer.concat([first, rest]);
    this.#tap(bytes);
    this.#bytes += bytes.length;
    if (this.queued > LOW_MARK) this.#overMark = true;
    if (this.#way !== "open") return;
    this.#out.push(bytes);
    this.flow();
  }

  close(): void {
    if (this.#state !== "open" || !this.process.alive) return;
    this.#state = "closing";
    this.#weather.time.after(LINGER, () => this.finish({ cause: "closed" }));
    this.flow();
  }

  /** From now on nothing that this end sends arrives; `keep`: but what it has sent before. */
  cut(keep: boolean): void {
    this.#way = keep && this.#way !== "cut" ? "closing" : "cut";
    if (this.#way === "cut") this.#out = [];
  }

  /** This end is told that the connection is no more. */
  finish(end: LinkEnd): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.cut(end.cause === "closed");
    if (this.process.alive) this.handler?.ended(end);
  }

  /** Sees to it that what is queued gets on its way. */
  flow(): void {
    if (this.#flowing || this.#way === "cut") return;
    const { time, chance, delay } = this.#weather;
    const late = chance.happens(0.02) ? 20 : 1;
    this.#flowing = true;
    time.after(Math.max(this.heldUntil - time.now, late * chance.between(...delay)), () => {
      this.#flowing = false;
      this.#pass();
    });
  }

  #pass(): void {
    const { other } = this;
    if (this.#way === "cut" || other?.handler === undefined) return;
    if (this.heldUntil > this.#weather.time.now) return this.flow();
    const piece = this.#piece();
    this.#bytes -= piece.length;
    if (piece.length > 0) other.#receive(piece);
    if (this.#out.length > 0) return this.flow();
    if (this.#way === "closing") this.#way = "cut";
    if (this.#state === "closing") {
      this.finish({ cause: "closed" });
      return other.finish({ cause: "closed" });
    }
    if (!this.#overMark) return;
    this.#overMark = false;
    if (this.#state === "open" && this.process.alive) this.handler?.drained();
  }

  /** The next bytes to arrive: often all there are, sometimes no whole frame. */
  #piece(): Uint8Array {
    const { chance } = this.#weather;
    const all = Buffer.concat(this.#out);
    const size = chance.happens(0.8) ? all.length : chance.between(Math.min(1, all.length), all.length);
    this.#out = size === all.length ? [] : [all.subarray(size)];
    return all.subarray(0, size);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === "open" && this.process.alive) this.handler?.data(bytes);
  }
}

/** What is lost and who learns of it when a connection breaks. Moments in ms from now; "never": by their own means. */
export interface Break {
  /** Whether what the client, or the server, has sent still arrives. */
  readonly up: boolean;
  readonly down: boolean;
  readonly client: number | "never";
  readonly server: number | "never";
}

export class Wire {
  readonly client: End;
  readonly server: End;
  readonly #time: Time;

  constructor(
    weather: Weather,
    ends: { client: Process; server: Process; device: Uint8Array; key: Uint8Array },
  ) {
    this.#time = weather.time;
    this.client = new End(weather, ends.client, ends.key, (bytes) => weather.tap(this, "client", bytes));
    this.server = new End(weather, ends.server, ends.device, (bytes) => weather.tap(this, "server", bytes));
    this.client.other = this.server;
    this.server.other = this.client;
  }

  get ended(): boolean {
    return this.client.ended && this.server.ended;
  }

  break({ up, down, client, server }: Break): void {
    this.client.cut(up);
    this.server.cut(down);
    const end = { cause: "lost", detail: "broken" } as const;
    if (client !== "never") this.#time.after(client, () => this.client.finish(end));
    if (server !== "never") this.#time.after(server, () => this.server.finish(end));
  }

  /** Nothing gets through for a while, and nothing is lost. */
  stall(ms: number): void {
    this.client.heldUntil = this.#time.now + ms;
    this.server.heldUntil = this.#time.now + ms;
  }
}
