// Two ends of a link for the tests: a listener and a dialer that note what happens and let a test wait for it.

import { randomBytes } from "node:crypto";
import type { Clock, Dial, Link, LinkEnd, LinkHandler } from "../../src/ports.ts";
import { certificateOf, generateKey } from "../../src/net/certificate.ts";
import { dialer } from "../../src/net/dial.ts";
import type { DialOptions } from "../../src/net/dial.ts";
import { listen } from "../../src/net/listen.ts";
import type { Listener, ListenOptions } from "../../src/net/listen.ts";
import { systemClock } from "../../src/net/system-clock.ts";

export const farewells = { slowReader: bytes("[too slow]"), noKey: bytes("[no key]") };
export const serverSeed = generateKey(randomBytes).seed;
export const clientSeed = generateKey(randomBytes).seed;
export const serverKey = certificateOf(serverSeed).publicKey;
export const clientKey = certificateOf(clientSeed).publicKey;

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Lets a test wait until what it watches has come about. */
class Watch {
  #waiting: { readonly ready: () => boolean; readonly wake: () => void }[] = [];

  until(ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve();
    return new Promise((wake) => this.#waiting.push({ ready, wake }));
  }

  changed(): void {
    for (const { ready, wake } of this.#waiting) if (ready()) wake();
    this.#waiting = this.#waiting.filter(({ ready }) => !ready());
  }
}

/** A handler that keeps all that came, in order. */
export class Recorder implements LinkHandler {
  link: Link | undefined;
  received = new Uint8Array(0);
  drains = 0;
  readonly ends: LinkEnd[] = [];
  readonly end = Promise.withResolvers<LinkEnd>();
  readonly #watch = new Watch();

  data(chunk: Uint8Array): void {
    this.received = Buffer.concat([this.received, chunk]);
    this.#watch.changed();
  }

  drained(): void {
    this.drains++;
    this.#watch.changed();
  }

  ended(end: LinkEnd): void {
    this.ends.push(end);
    this.end.resolve(end);
  }

  get text(): string {
    return new TextDecoder().decode(this.received);
  }

  /** Resolves when `length` bytes have come. */
  has(length: number): Promise<void> {
    return this.#watch.until(() => this.received.length >= length);
  }

  hasDrained(): Promise<void> {
    return this.#watch.until(() => this.drains > 0);
  }
}

/** A listener on a port of the system's choosing, with the links that came to it. */
export class TestServer implements AsyncDisposable {
  readonly listener: Listener;
  readonly faults: unknown[];
  readonly links: Recorder[];
  readonly #watch: Watch;

  constructor(listener: Listener, faults: unknown[], links: Recorder[], watch: Watch) {
    this.listener = listener;
    this.faults = faults;
    this.links = links;
    this.#watch = watch;
  }

  /** The first link, when it has come. */
  async first(): Promise<Recorder> {
    const [first] = await this.linked(1);
    if (first === undefined) throw new Error("no link");
    return first;
  }

  /** All links, when there are `count`. */
  async linked(count: number): Promise<Recorder[]> {
    await this.#watch.until(() => this.links.length >= count);
    return this.links;
  }

  async faulted(count: number): Promise<unknown[]> {
    await this.#watch.until(() => this.faults.length >= count);
    return this.faults;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.listener.close();
  }
}

export async function startServer(
  options: Partial<ListenOptions> & { handler?: (recorder: Recorder) => LinkHandler } = {},
): Promise<TestServer> {
  const faults: unknown[] = [];
  const links: Recorder[] = [];
  const watch = new Watch();
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    seed: serverSeed,
    cap: 16 << 20,
    farewells,
    clock: systemClock,
    onFault(error) {
      faults.push(error);
      watch.changed();
    },
    onLink(link) {
      const recorder = new Recorder();
      recorder.link = link;
      links.push(recorder);
      watch.changed();
      return options.handler?.(recorder) ?? recorder;
    },
    ...options,
  });
  return new TestServer(listener, faults, links, watch);
}

type Trust = { pin: Uint8Array } | { acceptKey: (key: Uint8Array) => boolean };

export function dialTo(
  port: number,
  trust: Trust = { pin: serverKey },
  options: Partial<DialOptions> = {},
): Dial {
  return dialer({
    host: "127.0.0.1",
    port,
    seed: clientSeed,
    timeout: options.timeout ?? 10_000,
    cap: 16 << 20,
    clock: systemClock,
    onFault: options.onFault ?? rethrow,
    ...("host" in options && options.host !== undefined ? { host: options.host } : {}),
    ...trust,
  });
}

/** A link to the server, which must come about. */
export async function connect(dial: Dial): Promise<{ link: Link; recorder: Recorder }> {
  const recorder = new Recorder();
  const dialled = await dial((link) => {
    recorder.link = link;
    return recorder;
  });
  if (!dialled.ok) throw new Error(`no link: ${dialled.failure.cause}, ${dialled.failure.detail}`);
  return { link: dialled.link, recorder };
}

/** What a dial that must fail said. */
export async function failure(dial: Dial) {
  const dialled = await dial(() => {
    throw new Error("a link came about");
  });
  if (dialled.ok) throw new Error("a link came about");
  return dialled.failure;
}

/** A clock whose timers fire when the test says so. */
export class HandClock implements Clock {
  readonly #pending = new Set<() => void>();

  now(): number {
    return 0;
  }

  after(_ms: number, callback: () => void): () => void {
    this.#pending.add(callback);
    return () => this.#pending.delete(callback);
  }

  get pending(): number {
    return this.#pending.size;
  }

  fireAll(): void {
    const due = [...this.#pending];
    this.#pending.clear();
    for (const callback of due) callback();
  }
}

function rethrow(error: unknown): never {
  throw error;
}
