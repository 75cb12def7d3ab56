// The way to the process that holds a profile: calls with their answers, events, and the end, each in its order.
// Must not know what is called, nor what answers and events mean.

import type { Socket } from "node:net";
import * as v from "valibot";
import type { ClientEvent } from "../client/events.ts";
import { systemCode } from "./attach-path.ts";
import * as shapes from "./attach-shapes.ts";
import * as wire from "./attach-wire.ts";

/** The process that holds the profile has ended, or speaks no sense. */
export class HolderGone extends Error {
  /** Whether it is certain that the call was not carried out; else that is not known. */
  readonly isUndone: boolean;

  constructor(isUndone = false) {
    super("attached: the process that holds the profile has gone");
    this.name = "HolderGone";
    this.isUndone = isUndone;
  }
}

/** How a connection begins. "lost": it ended, or what was said made no sense. `program`: the holder's version. */
export type Greeted =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: "nobody" | "lost" }
  | { readonly ok: false; readonly why: "other-version"; readonly program: string };

/** A call before it has a number. */
export type Request = wire.Call extends infer C ? (C extends wire.Call ? Omit<C, "call"> : never) : never;

/** A call that waits for its answer. False: what came is no such call's. */
interface Pending {
  item(value: unknown): boolean;
  done(value: unknown): boolean;
  fail(error: Error): void;
  readonly method: wire.Call["method"];
}

/** Calls and events over one socket. */
export class HolderConnection {
  readonly #socket: Socket;
  readonly #opened: (greeted: Greeted) => void;
  readonly #reader = new wire.LineReader();
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #goneCallbacks = new Set<() => void>();
  #state: "greeting" | "attached" | "gone" | "detached" = "greeting";
  #calls = 0;
  /** Whoever waits for what was just answered has not run yet. */
  #settling = false;
  #ended = false;

  /** `opened` is told once how it begins; what it is told after that means nothing. */
  constructor(socket: Socket, opened: (greeted: Greeted) => void) {
    this.#socket = socket;
    this.#opened = opened;
    socket.on("data", (chunk) => {
      this.#reader.push(chunk);
      this.#take();
    });
    socket.on("error", (error) => {
      const code = systemCode(error);
      if (code === "ENOENT" || code === "ECONNREFUSED") opened({ ok: false, why: "nobody" });
      socket.destroy();
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#take();
    });
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back once when the holder has ended, at once if it has; not after detach(). The answer takes it back. */
  onGone(callback: () => void): () => void {
    if (this.#state === "gone") queueMicrotask(callback);
    else this.#goneCallbacks.add(callback);
    return () => this.#goneCallbacks.delete(callback);
  }

  /** The holder goes on. Calls not answered yet reject with HolderGone. */
  detach(): void {
    if (this.#state === "gone") return;
    this.#finish("detached");
    this.#socket.destroySoon();
    // A holder that is stopped and reads nothing must not keep this process alive.
    this.#socket.unref();
  }

  /** Ends the connection as if the holder had. */
  drop(): void {
    this.#socket.destroy();
    this.#finish("gone");
  }

  /**
   * `answer`: the schema of the call's value; `item`: takes what goes before it in a list, one by one. Rejects with
   * HolderGone, and with what failed there.
   */
  call<S extends v.GenericSchema>(
    request: Request,
    answer: S,
    item: (value: unknown) => boolean = () => false,
  ): Promise<v.InferOutput<S>> {
    if (this.#state !== "attached") return Promise.reject(new HolderGone(true));
    const call = this.#calls++;
    const line = wire.callLine({ call, ...request });
    if (line.length > wire.MAX_LINE)
      return Promise.reject(new RangeError("attached: a call too long to make"));
    return new Promise((resolve, reject) => {
      const done = (value: unknown) => {
        const parsed = v.safeParse(answer, value);
        if (parsed.success) resolve(parsed.output);
        return parsed.success;
      };
      this.#pending.set(call, { item, done, fail: reject, method: request.method });
      this.#socket.write(line);
    });
  }

  /** Takes the lines that have come, one after the other, and the end after the last. */
  #take(): void {
    while (!this.#settling && (this.#state === "greeting" || this.#state === "attached")) {
      const next = this.#reader.next();
      if (next.is === "line") {
        if (!this.#accept(next.value)) this.drop();
        continue;
      }
      if (next.is === "broken") this.drop();
      else if (this.#ended) this.#finish("gone");
      return;
    }
  }

  /** False: no line of this protocol. */
  #accept(value: unknown): boolean {
    if (this.#state === "greeting") return this.#greet(wire.readHello(value));
    const line = wire.readHolderLine(value);
    if (line === undefined) return false;
    if ("ending" in line) {
      this.#finish("gone", true);
      return true;
    }
    if ("event" in line) {
      for (const listener of this.#listeners) listener(line.event);
      return true;
    }
    const pending = this.#pending.get(line.answer);
    if (pending === undefined) return false;
    if ("item" in line) return pending.item(line.item);
    if ("error" in line) pending.fail(shapes.errorOf(line.error, pending.method));
    else if (!pending.done(line.value)) return false;
    this.#pending.delete(line.answer);
    this.#settle();
    return true;
  }

  #greet(hello: wire.Hello | undefined): boolean {
    if (hello === undefined) return false;
    if (hello.classchat !== wire.PROTOCOL) {
      this.#opened({ ok: false, why: "other-version", program: hello.program });
      return false;
    }
    this.#state = "attached";
    this.#opened({ ok: true });
    this.#settle();
    return true;
  }

  /** Lets whoever awaits the answer run before what happened after it is told, as it would be in one process. */
  #settle(): void {
    this.#settling = true;
    setImmediate(() => {
      this.#settling = false;
      this.#take();
    });
  }

  /** `isAnswered`: what the holder has not answered it has not done. */
  #finish(state: "gone" | "detached", isAnswered = false): void {
    if (this.#state === "gone" || this.#state === "detached") return;
    this.#state = state;
    this.#opened({ ok: false, why: "lost" });
    const gone = new HolderGone(isAnswered);
    for (const pending of this.#pending.values()) pending.fail(gone);
    this.#pending.clear();
    this.#listeners.clear();
    if (state === "gone") for (const callback of this.#goneCallbacks) callback();
    this.#goneCallbacks.clear();
  }
}
