// A face that does what a test tells it, and what a test needs to meet it over a real socket.

import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AttachedFace, attachFace } from "../../src/cli/attach-dial.ts";
import { socketPath } from "../../src/cli/attach-path.ts";
import { offerFace } from "../../src/cli/attach-serve.ts";
import type { ClientEvent, Face, Message } from "../../src/client/events.ts";

/** Notes every call with its arguments; a method answers by what it was given for it, or fails. */
export class FakeFace implements Face {
  readonly calls: unknown[][] = [];
  readonly #answers: Partial<Face>;
  readonly #listeners = new Set<(event: ClientEvent) => void>();

  constructor(answers: Partial<Face> = {}) {
    this.#answers = answers;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  emit(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send = (...args: Parameters<Face["send"]>) => this.#method("send", args)(...args);
  react = (...args: Parameters<Face["react"]>) => this.#method("react", args)(...args);
  edit = (...args: Parameters<Face["edit"]>) => this.#method("edit", args)(...args);
  remove = (...args: Parameters<Face["remove"]>) => this.#method("remove", args)(...args);
  sendFile = (...args: Parameters<Face["sendFile"]>) => this.#method("sendFile", args)(...args);
  transfers = (...args: Parameters<Face["transfers"]>) => this.#method("transfers", args)(...args);
  changeTransfer = (...args: Parameters<Face["changeTransfer"]>) =>
    this.#method("changeTransfer", args)(...args);
  receiveInto = (...args: Parameters<Face["receiveInto"]>) => this.#method("receiveInto", args)(...args);
  users = (...args: Parameters<Face["users"]>) => this.#method("users", args)(...args);
  groups = (...args: Parameters<Face["groups"]>) => this.#method("groups", args)(...args);
  members = (...args: Parameters<Face["members"]>) => this.#method("members", args)(...args);
  createGroup = (...args: Parameters<Face["createGroup"]>) => this.#method("createGroup", args)(...args);
  joinGroup = (...args: Parameters<Face["joinGroup"]>) => this.#method("joinGroup", args)(...args);
  leaveGroup = (...args: Parameters<Face["leaveGroup"]>) => this.#method("leaveGroup", args)(...args);
  changeGroup = (...args: Parameters<Face["changeGroup"]>) => this.#method("changeGroup", args)(...args);
  history = (...args: Parameters<Face["history"]>) => this.#method("history", args)(...args);
  conversations = (...args: Parameters<Face["conversations"]>) =>
    this.#method("conversations", args)(...args);
  unread = (...args: Parameters<Face["unread"]>) => this.#method("unread", args)(...args);
  shown = (...args: Parameters<Face["shown"]>) => this.#method("shown", args)(...args);
  typing = (...args: Parameters<Face["typing"]>) => this.#method("typing", args)(...args);
  verify = (...args: Parameters<Face["verify"]>) => this.#method("verify", args)(...args);
  verified = (...args: Parameters<Face["verified"]>) => this.#method("verified", args)(...args);
  trust = (...args: Parameters<Face["trust"]>) => this.#method("trust", args)(...args);
  status = (...args: Parameters<Face["status"]>) => this.#method("status", args)(...args);
  diagnose = (...args: Parameters<Face["diagnose"]>) => this.#method("diagnose", args)(...args);
  close = (...args: Parameters<Face["close"]>) => this.#method("close", args)(...args);

  #method<M extends keyof Face>(method: M, args: readonly unknown[]): NonNullable<Face[M]> {
    this.calls.push([method, ...args]);
    const answer = this.#answers[method];
    if (answer === undefined) throw new Error(`this face was given no ${method}`);
    return answer;
  }
}

export function messageOf(text: string, more: Partial<Message> = {}): Message {
  return {
    id: "AAAAAAAAAAAAAAAAAAAAAA",
    conversation: "bob",
    sender: "bob",
    text,
    sentAt: 1_700_000_000_000,
    queued: false,
    trusted: true,
    own: false,
    ...more,
  };
}

/** A folder of this user's alone, and how to be rid of it. */
export function privateFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "classchat-attach-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A face offered in a folder of its own, and those who are attached to it, until the end. */
export class Meeting {
  readonly #folder = privateFolder();
  readonly #path = socketPath(this.#folder.path);
  readonly #closing: (() => Promise<void>)[] = [];

  async offer(face: Face): Promise<void> {
    const offered = await offerFace(face, this.#path, "0.1.0");
    this.#closing.push(() => offered.close());
  }

  async attach(): Promise<AttachedFace> {
    const attached = await attachFace(this.#path, "0.1.0");
    if (!attached.ok) throw new Error(attached.why);
    this.#closing.push(() => attached.face.close());
    return attached.face;
  }

  async end(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
    this.#folder.remove();
  }
}

/** What another program might do with the socket: any bytes in, the lines that come out, and the end. */
export class RawClient {
  readonly socket: Socket;
  readonly lines: unknown[] = [];
  /** Resolves when the connection has ended, in whatever way. */
  readonly closed: Promise<void>;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  #rest = "";

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on("data", (chunk) => this.#take(chunk.toString()));
    this.socket.on("error", () => this.socket.destroy());
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve()));
  }

  write(...lines: readonly unknown[]): void {
    for (const line of lines) this.socket.write(`${JSON.stringify(line)}\n`);
  }

  /** Resolves when so many lines have come. */
  received(count: number): Promise<void> {
    if (this.lines.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    this.lines.push(...lines.map((line): unknown => JSON.parse(line)));
    for (const { count, resolve } of this.#waiting) if (this.lines.length >= count) resolve();
  }
}
