// Offers the Face of the process that holds a profile to other processes of the same user, on a local socket.
// Must not know whose Face it is, nor what its answers mean.

import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { Asked, Face } from "../client/events.ts";
import { isFile, makeSocketFolder, SocketRefused } from "./attach-path.ts";
import * as wire from "./attach-wire.ts";

/** Bytes of events that may wait for one reader; beyond it that reader is dropped. */
const QUEUE_LIMIT = 8 * 1024 * 1024;
/** Calls of one connection in hand at once; beyond it no more are read until some are answered. */
const MAX_CALLS = 64;
/** How long close() waits for what is in hand; ms. */
const CLOSE_GRACE = 1_000;

/**
 * Offers the face at `path` (from socketPath) until closed. Only the process that holds the vault may call it: a
 * socket that is there is a dead process's, and is replaced. Close it before the vault. `close` takes no more calls,
 * answers those in hand, for one second at most, and ends. `program`: this program's version. Rejects with
 * SocketRefused; the profile can be used all the same, by this process alone.
 */
export async function offerFace(
  face: Face,
  path: string,
  program: string,
): Promise<{ close(): Promise<void> }> {
  const connections = new Set<Connection>();
  const server = createServer((socket) => {
    const connection = new Connection(face, socket, program, () => connections.delete(connection));
    connections.add(connection);
  });
  if (isFile(path)) {
    makeSocketFolder(path);
    removeStale(path);
  }
  await listening(server, path);
  if (isFile(path)) chmodSync(path, 0o600);
  const unsubscribe = face.subscribe((event) => {
    if (connections.size === 0) return;
    const line = wire.eventLine(event);
    for (const connection of connections) connection.tell(line);
  });
  return {
    async close() {
      unsubscribe();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.finish();
      const grace = setTimeout(() => {
        for (const connection of connections) connection.drop();
      }, CLOSE_GRACE);
      await closed;
      clearTimeout(grace);
    },
  };
}

/** Lines that wait to be written. `bytes`: those that count as unread; `written` is called after the last. */
interface Outgoing {
  readonly lines: Iterator<Uint8Array>;
  readonly bytes: number;
  readonly written?: () => void;
}

/** One attached process. Answers and events leave in the order in which they happened. */
class Connection {
  readonly #face: Face;
  readonly #socket: Socket;
  readonly #program: string;
  readonly #reader = new wire.LineReader();
  /** First in, first out; a set gives up its first one without moving the others. */
  readonly #queue = new Set<Outgoing>();
  #queued = 0;
  #calls = 0;
  #greeted = false;
  #finishing = false;

  constructor(face: Face, socket: Socket, program: string, ended: () => void) {
    this.#face = face;
    this.#socket = socket;
    this.#program = program;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("drain", () => this.#pump());
    // A reader that went away is no fault, whatever the system calls it.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#queue.clear();
      ended();
    });
  }

  tell(line: Uint8Array): void {
    if (!this.#greeted) return;
    this.#push({ lines: [line].values(), bytes: line.length });
    if (this.#queued + this.#socket.writableLength > QUEUE_LIMIT) this.drop();
  }

  /** Takes no more calls, and ends when those in hand are answered. */
  finish(): void {
    this.#finishing = true;
    this.#pump();
  }

  drop(): void {
    this.#socket.destroy();
  }

  #take(chunk: string | Uint8Array): void {
    if (this.#finishing) return;
    this.#reader.push(chunk);
    while (!this.#finishing && !this.#socket.destroyed) {
      const next = this.#reader.next();
      if (next.is === "none") return;
      if (next.is !== "line" || !this.#accept(next.value)) return this.drop();
    }
  }

  /** False: no line of this protocol. */
  #accept(line: unknown): boolean {
    if (!this.#greeted) return this.#greet(wire.readHello(line));
    const call = wire.readCall(line);
    if (call === undefined) return false;
    if (++this.#calls >= MAX_CALLS) this.#socket.pause();
    const answer = (lines: Iterator<Uint8Array>) =>
      this.#push({ lines, bytes: 0, written: () => this.#answered() });
    perform(this.#face, call).then(
      (outcome) => answer(wire.answerLines(call.call, outcome)),
      (error: unknown) => answer([wire.faultLine(call.call, error)].values()),
    );
    return true;
  }

  /** Our own hello says from when on events are told, so it goes out no earlier. */
  #greet(hello: wire.Hello | undefined): boolean {
    if (hello === undefined) return false;
    this.#socket.write(wire.helloLine(this.#program));
    if (hello.classchat === wire.PROTOCOL) this.#greeted = true;
    else this.finish();
    return true;
  }

  #answered(): void {
    if (--this.#calls < MAX_CALLS) this.#socket.resume();
  }

  #push(outgoing: Outgoing): void {
    if (this.#socket.destroyed) return;
    this.#queue.add(outgoing);
    this.#queued += outgoing.bytes;
    this.#pump();
  }

  /** Makes and writes lines for as long as the socket takes them. */
  #pump(): void {
    while (this.#socket.writable && !this.#socket.writableNeedDrain) {
      const [first] = this.#queue;
      if (first === undefined) break;
      const { value: line, done } = first.lines.next();
      if (done !== true) {
        this.#socket.write(line);
        continue;
      }
      this.#queue.delete(first);
      this.#queued -= first.bytes;
      first.written?.();
    }
    if (this.#finishing && this.#calls === 0 && this.#queue.size === 0 && this.#socket.writable) this.#end();
  }

  #end(): void {
    if (this.#greeted) this.#socket.write(wire.endingLine());
    this.#socket.end();
  }
}

async function perform(face: Face, call: wire.Call): Promise<wire.Outcome> {
  switch (call.method) {
    case "send": {
      const [to, text, answering] = call.args;
      const more = answering === null || answering === undefined ? [] : ([answering] as const);
      return { items: [], value: await face.send(to, text, ...more) };
    }
    case "react": {
      const [conversation, id, emoji] = call.args;
      return { items: [], value: await face.react(conversation, id, emoji ?? undefined) };
    }
    case "edit":
      return { items: [], value: await face.edit(...call.args) };
    case "remove":
      return { items: [], value: await face.remove(...call.args) };
    case "sendFile":
      return { items: [], value: await face.sendFile(...call.args) };
    case "transfers":
      return { items: await face.transfers(), value: null };
    case "changeTransfer":
      return { items: [], value: await face.changeTransfer(...call.args) };
    case "receiveInto":
      await face.receiveInto(...call.args);
      return { items: [], value: null };
    case "users":
      return list(await face.users());
    case "groups":
      return list(await face.groups());
    case "members":
      return list(await face.members(...call.args));
    case "createGroup":
      return { items: [], value: await face.createGroup(...call.args) };
    case "joinGroup":
      return { items: [], value: await face.joinGroup(...call.args) };
    case "leaveGroup":
      return { items: [], value: await face.leaveGroup(...call.args) };
    case "changeGroup":
      return { items: [], value: await face.changeGroup(...call.args) };
    case "history":
      return { items: await face.history(...call.args), value: null };
    case "conversations":
      return { items: await face.conversations(), value: null };
    case "unread":
      return { items: await face.unread(), value: null };
    case "shown": {
      const [conversation, position, how] = call.args;
      await face.shown(conversation, position, ...(how === null || how === undefined ? [] : [how]));
      return { items: [], value: null };
    }
    case "typing":
      await face.typing(...call.args);
      return { items: [], value: null };
    case "verify":
      return { items: [], value: await face.verify(...call.args) };
    case "verified":
      return { items: [], value: await face.verified(...call.args) };
    case "trust":
      return { items: [], value: await face.trust(...call.args) };
    case "status":
      return { items: [], value: await face.status() };
    case "diagnose":
      return { items: await face.diagnose(), value: null };
    default: {
      const never: never = call;
      throw new Error(`attach: no such call ${String(never)}`);
    }
  }
}

function list(asked: Asked<wire.Outcome["items"]>): wire.Outcome {
  return asked.ok ? { items: asked.value, value: { ok: true } } : { items: [], value: asked };
}

function removeStale(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new SocketRefused("in-the-way", path);
  unlinkSync(path);
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // After it listens: somebody could not be let in, for want of file descriptors, and is told so by the system.
    server.on("error", (error) => reject(new SocketRefused("failed", path, error)));
    server.listen(path, resolve);
  });
}
