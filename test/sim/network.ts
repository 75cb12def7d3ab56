// Links between a client's and a server's core without sockets, for tests of the cores: ordered, cut or stalled at will.

import type { Dial, Link, LinkEnd, LinkHandler } from "../../src/ports.ts";

/** One direction: bytes go to `to` in order, each after the step that sent them. */
export class Pipe implements Link {
  readonly peer: Uint8Array;
  readonly local: boolean;
  readonly remote = "simulated";
  to: LinkHandler | undefined;
  back: Pipe | undefined;
  open = true;
  readonly #moved: () => void;
  #held: Uint8Array[] | undefined;

  constructor(peer: Uint8Array, local: boolean, moved: () => void) {
    this.peer = peer;
    this.local = local;
    this.#moved = moved;
  }

  get queued(): number {
    return this.#held?.reduce((sum, { length }) => sum + length, 0) ?? 0;
  }

  send(bytes: Uint8Array, rest = new Uint8Array(0)): void {
    if (!this.open) return;
    this.#moved();
    const copy = Buffer.concat([bytes, rest]);
    if (this.#held === undefined) this.#pass(copy);
    else this.#held.push(copy);
  }

  /** From now on nothing gets through: it queues up. */
  stall(): void {
    this.#held ??= [];
  }

  /** What has queued up gets through, and whoever sends is told that there is room. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const bytes of held) this.#pass(bytes);
    if (held.length > 0) this.back?.to?.drained();
  }

  close(): void {
    this.cut({ cause: "closed" });
  }

  /** Ends both directions; what was sent before still arrives. */
  cut(end: LinkEnd): void {
    if (!this.open) return;
    this.open = false;
    this.#moved();
    const { back } = this;
    setImmediate(() => {
      back?.to?.ended(end);
      if (!back?.open) return;
      back.open = false;
      this.to?.ended(end);
    });
  }

  #pass(bytes: Uint8Array): void {
    setImmediate(() => {
      if (this.back?.open) this.to?.data(bytes);
    });
  }
}

export interface Network {
  /** A way to the server for the device with this key. */
  dial(device: Uint8Array): Dial;
  /** Both directions of a new link: what the client writes to, and what the server writes to. */
  connect(
    device: Uint8Array,
    attach: (link: Link) => LinkHandler,
    local?: boolean,
  ): { client: Pipe; server: Pipe };
  /** Both directions of every link there is. */
  pipes(): Pipe[];
  /** Cuts every link there is. */
  cut(): void;
  /** While false nobody is reached. */
  up: boolean;
  /** Resolves when nothing is under way any more: only a clock could bring news. */
  quiet(): Promise<void>;
}

/** Turns of the event loop without anything sent after which nothing will be: a store takes one to answer. */
const QUIET_TURNS = 5;

export function network(accept: (link: Link) => LinkHandler, serverKey: Uint8Array, local = true): Network {
  const pipes = new Set<Pipe>();
  let moves = 0;
  const moved = () => {
    moves += 1;
  };
  const made: Network = {
    up: true,
    connect(device, attach, isLocal = local) {
      const client = new Pipe(serverKey, isLocal, moved);
      const server = new Pipe(device, isLocal, moved);
      client.back = server;
      server.back = client;
      server.to = attach(client);
      client.to = accept(server);
      pipes.add(client);
      pipes.add(server);
      return { client, server };
    },
    dial: (device) => async (attach) => {
      if (!made.up) return { ok: false, failure: { cause: "unreachable", detail: "down" } };
      return { ok: true, link: made.connect(device, attach).client };
    },
    pipes: () => [...pipes].filter(({ open }) => open),
    cut() {
      for (const pipe of pipes) pipe.cut({ cause: "lost", detail: "cut" });
      pipes.clear();
    },
    async quiet() {
      for (let still = 0, seen = moves; still < QUIET_TURNS; still = moves === seen ? still + 1 : 0) {
        seen = moves;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
  return made;
}
