// A Face that is another process's, reached over its local socket: the one that holds the profile.
// Must not know the client's core.

import { connect, type Socket } from "node:net";
import * as v from "valibot";
import type { Finding } from "../client/diagnosis.ts";
import type {
  Asked,
  ClientEvent,
  Face,
  HistoryQuery,
  Message,
  Person,
  Status,
  Verification,
} from "../client/events.ts";
import { finding } from "./attach-findings.ts";
import { checkSocketFolder, isFile, systemCode } from "./attach-path.ts";
import * as shapes from "./attach-shapes.ts";
import * as wire from "./attach-wire.ts";

/** How long the holder may take to say who it is; ms. */
const HELLO_TIMEOUT = 5_000;

/** The process that holds the profile has ended, or speaks no sense: whether the call was carried out is not known. */
export class HolderGone extends Error {
  constructor() {
    super("attached: the process that holds the profile has gone");
    this.name = "HolderGone";
  }
}

/** Every call rejects with HolderGone once the holder has ended, and with StoreFailure when its disk fails. */
export interface AttachedFace extends Face {
  /** Calls back once when the holder has ended, at once if it has; not after close(). The answer takes it back. */
  onGone(callback: () => void): () => void;
  /** Detaches; the holder goes on. Calls not answered yet reject with HolderGone. */
  close(): Promise<void>;
}

export type Attached =
  | { readonly ok: true; readonly face: AttachedFace }
  /** "lost": somebody is there, and ended the connection, spoke no sense or said nothing in `helloTimeout` ms. */
  | { readonly ok: false; readonly why: "nobody" | "lost" }
  /** `program`: the holder's version. */
  | { readonly ok: false; readonly why: "other-version"; readonly program: string };

/**
 * Attaches to the process that offers its face at `path` (from socketPath). `program`: this program's version.
 * Rejects with SocketRefused when the folder is not this user's alone: what is there is not to be trusted.
 */
export async function attachFace(
  path: string,
  program: string,
  helloTimeout: number = HELLO_TIMEOUT,
): Promise<Attached> {
  if (isFile(path) && !checkSocketFolder(path)) return { ok: false, why: "nobody" };
  const { promise, resolve } = Promise.withResolvers<Attached>();
  const socket = connect(path);
  const attachment = new Attachment(socket, resolve);
  const timeout = setTimeout(() => attachment.drop(), helloTimeout);
  socket.write(wire.helloLine(program));
  const attached = await promise;
  clearTimeout(timeout);
  return attached;
}

/** A call that waits for its answer. False: what came is no such call's. */
interface Pending {
  item(value: unknown): boolean;
  done(value: unknown): boolean;
  fail(error: Error): void;
  readonly method: wire.Call["method"];
}

class Attachment implements AttachedFace {
  readonly #socket: Socket;
  readonly #opened: (outcome: Attached) => void;
  readonly #reader = new wire.LineReader();
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #goneCallbacks = new Set<() => void>();
  #state: "greeting" | "attached" | "gone" | "detached" = "greeting";
  #calls = 0;
  /** Whoever waits for what was just answered has not run yet. */
  #settling = false;
  #ended = false;

  constructor(socket: Socket, opened: (outcome: Attached) => void) {
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

  send(to: string, text: string): Promise<{ readonly id: string }> {
    return this.#call({ method: "send", args: [to, text] }, shapes.sent);
  }

  users(): Promise<Asked<readonly Person[]>> {
    const items: Person[] = [];
    return this.#call({ method: "users", args: [] }, shapes.askedNothing, collect(shapes.person, items)).then(
      (asked) => (asked.ok ? { ok: true, value: items } : asked),
    );
  }

  history(query: HistoryQuery): Promise<readonly Message[]> {
    // JSON has no Infinity.
    const limit = Math.min(query.limit, Number.MAX_SAFE_INTEGER);
    return this.#messages({ method: "history", args: [{ ...query, limit }] });
  }

  unread(): Promise<readonly Message[]> {
    return this.#messages({ method: "unread", args: [] });
  }

  async shown(conversation: string, position: number): Promise<void> {
    await this.#call({ method: "shown", args: [conversation, position] }, shapes.nothing);
  }

  verify(name: string): Promise<Asked<Verification>> {
    return this.#call({ method: "verify", args: [name] }, shapes.askedVerification);
  }

  verified(name: string): Promise<Asked<Verification>> {
    return this.#call({ method: "verified", args: [name] }, shapes.askedVerification);
  }

  trust(name: string): Promise<Asked<Verification>> {
    return this.#call({ method: "trust", args: [name] }, shapes.askedVerification);
  }

  status(): Promise<Status> {
    return this.#call({ method: "status", args: [] }, shapes.status);
  }

  diagnose(): Promise<readonly Finding[]> {
    const items: Finding[] = [];
    return this.#call({ method: "diagnose", args: [] }, shapes.nothing, collect(finding, items)).then(
      () => items,
    );
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onGone(callback: () => void): () => void {
    if (this.#state === "gone") queueMicrotask(callback);
    else this.#goneCallbacks.add(callback);
    return () => this.#goneCallbacks.delete(callback);
  }

  async close(): Promise<void> {
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

  #messages(request: Request): Promise<readonly Message[]> {
    const items: Message[] = [];
    return this.#call(request, shapes.nothing, collect(shapes.message, items)).then(() => items);
  }

  #call<S extends v.GenericSchema>(
    request: Request,
    answer: S,
    item: (value: unknown) => boolean = () => false,
  ): Promise<v.InferOutput<S>> {
    if (this.#state !== "attached") return Promise.reject(new HolderGone());
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
    this.#opened({ ok: true, face: this });
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

  #finish(state: "gone" | "detached"): void {
    if (this.#state === "gone" || this.#state === "detached") return;
    this.#state = state;
    this.#opened({ ok: false, why: "lost" });
    const gone = new HolderGone();
    for (const pending of this.#pending.values()) pending.fail(gone);
    this.#pending.clear();
    this.#listeners.clear();
    if (state === "gone") for (const callback of this.#goneCallbacks) callback();
    this.#goneCallbacks.clear();
  }
}

type Request = wire.Call extends infer C ? (C extends wire.Call ? Omit<C, "call"> : never) : never;

/** Puts the items that have their form into a list. */
function collect<S extends v.GenericSchema>(schema: S, items: v.InferOutput<S>[]) {
  return (value: unknown): boolean => {
    const parsed = v.safeParse(schema, value);
    if (parsed.success) items.push(parsed.output);
    return parsed.success;
  };
}
