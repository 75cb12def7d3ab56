// A Face that is another process's, reached over its local socket: the one that holds the profile.
// Must not know the client's core, nor how lines go over the socket.

import { connect } from "node:net";
import * as v from "valibot";
import type { Finding } from "../client/diagnosis.ts";
import type {
  Asked,
  ClientEvent,
  Conversation,
  Face,
  Group,
  GroupChange,
  GroupMember,
  GroupOutcome,
  HistoryQuery,
  Message,
  NewGroup,
  Person,
  Showing,
  Status,
  Verification,
} from "../client/events.ts";
import type { Answering } from "../client/remark-view.ts";
import type { Downloads, Transfer, TransferAction } from "../client/transfer-view.ts";
import { type Greeted, HolderConnection, type Request } from "./attach-connection.ts";
import { askedTransfer, transfer } from "./attach-files.ts";
import { finding } from "./attach-findings.ts";
import { askedOutcome, group, groupMember } from "./attach-groups.ts";
import { checkSocketFolder, isFile } from "./attach-path.ts";
import * as shapes from "./attach-shapes.ts";
import * as wire from "./attach-wire.ts";

/** How long the holder may take to say who it is; ms. */
const HELLO_TIMEOUT = 5_000;

/** Every call rejects with HolderGone once the holder has ended, and with StoreFailure when its disk fails. */
export interface AttachedFace extends Face {
  /** Calls back once when the holder has ended, at once if it has; not after close(). The answer takes it back. */
  onGone(callback: () => void): () => void;
  /** Detaches; the holder goes on. Calls not answered yet reject with HolderGone. */
  close(): Promise<void>;
}

/** "lost": somebody is there, and ended the connection, spoke no sense or said nothing in `helloTimeout` ms. */
export type Attached =
  { readonly ok: true; readonly face: AttachedFace } | Extract<Greeted, { readonly ok: false }>;

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
  const { promise, resolve } = Promise.withResolvers<Greeted>();
  const socket = connect(path);
  const connection = new HolderConnection(socket, resolve);
  const timeout = setTimeout(() => connection.drop(), helloTimeout);
  socket.write(wire.helloLine(program));
  const greeted = await promise;
  clearTimeout(timeout);
  return greeted.ok ? { ok: true, face: new Attachment(connection) } : greeted;
}

class Attachment implements AttachedFace {
  readonly #holder: HolderConnection;

  constructor(holder: HolderConnection) {
    this.#holder = holder;
  }

  send(to: string, text: string, answering?: Answering): Promise<{ readonly id: string }> {
    return this.#holder.call({ method: "send", args: [to, text, answering] }, shapes.sent);
  }

  react(conversation: string, id: string, emoji?: string): Promise<Asked<Message>> {
    const args: [string, string, string | null] = [conversation, id, emoji ?? null];
    return this.#holder.call({ method: "react", args }, shapes.askedMessage);
  }

  edit(conversation: string, id: string, text: string): Promise<Asked<Message>> {
    return this.#holder.call({ method: "edit", args: [conversation, id, text] }, shapes.askedMessage);
  }

  remove(conversation: string, id: string): Promise<Asked<Message>> {
    return this.#holder.call({ method: "remove", args: [conversation, id] }, shapes.askedMessage);
  }

  sendFile(to: string, path: string): Promise<Asked<Transfer>> {
    return this.#holder.call({ method: "sendFile", args: [to, path] }, askedTransfer);
  }

  transfers(): Promise<readonly Transfer[]> {
    return this.#list({ method: "transfers", args: [] }, transfer);
  }

  changeTransfer(which: string, action: TransferAction): Promise<Asked<Transfer>> {
    return this.#holder.call({ method: "changeTransfer", args: [which, action] }, askedTransfer);
  }

  async receiveInto(into: Downloads): Promise<void> {
    await this.#holder.call({ method: "receiveInto", args: [into] }, shapes.nothing);
  }

  users(): Promise<Asked<readonly Person[]>> {
    return this.#askedList({ method: "users", args: [] }, shapes.person);
  }

  groups(): Promise<Asked<readonly Group[]>> {
    return this.#askedList({ method: "groups", args: [] }, group);
  }

  members(name: string): Promise<Asked<readonly GroupMember[]>> {
    return this.#askedList({ method: "members", args: [name] }, groupMember);
  }

  createGroup(created: NewGroup): Promise<Asked<GroupOutcome>> {
    return this.#holder.call({ method: "createGroup", args: [created] }, askedOutcome);
  }

  joinGroup(name: string): Promise<Asked<GroupOutcome>> {
    return this.#holder.call({ method: "joinGroup", args: [name] }, askedOutcome);
  }

  leaveGroup(name: string): Promise<Asked<GroupOutcome>> {
    return this.#holder.call({ method: "leaveGroup", args: [name] }, askedOutcome);
  }

  changeGroup(name: string, change: GroupChange): Promise<Asked<GroupOutcome>> {
    return this.#holder.call({ method: "changeGroup", args: [name, change] }, askedOutcome);
  }

  history(query: HistoryQuery): Promise<readonly Message[]> {
    // JSON has no Infinity.
    const limit = Math.min(query.limit, Number.MAX_SAFE_INTEGER);
    return this.#list({ method: "history", args: [{ ...query, limit }] }, shapes.message);
  }

  conversations(): Promise<readonly Conversation[]> {
    return this.#list({ method: "conversations", args: [] }, shapes.conversation);
  }

  unread(): Promise<readonly Message[]> {
    return this.#list({ method: "unread", args: [] }, shapes.message);
  }

  async typing(conversation: string): Promise<void> {
    await this.#holder.call({ method: "typing", args: [conversation] }, shapes.nothing);
  }

  async shown(conversation: string, position: number, how?: Showing): Promise<void> {
    await this.#holder.call({ method: "shown", args: [conversation, position, how] }, shapes.nothing);
  }

  verify(name: string): Promise<Asked<Verification>> {
    return this.#holder.call({ method: "verify", args: [name] }, shapes.askedVerification);
  }

  verified(name: string): Promise<Asked<Verification>> {
    return this.#holder.call({ method: "verified", args: [name] }, shapes.askedVerification);
  }

  trust(name: string): Promise<Asked<Verification>> {
    return this.#holder.call({ method: "trust", args: [name] }, shapes.askedVerification);
  }

  status(): Promise<Status> {
    return this.#holder.call({ method: "status", args: [] }, shapes.status);
  }

  diagnose(): Promise<readonly Finding[]> {
    return this.#list({ method: "diagnose", args: [] }, finding);
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    return this.#holder.subscribe(listener);
  }

  onGone(callback: () => void): () => void {
    return this.#holder.onGone(callback);
  }

  async close(): Promise<void> {
    this.#holder.detach();
  }

  async #list<S extends v.GenericSchema>(request: Request, schema: S): Promise<readonly v.InferOutput<S>[]> {
    const items: v.InferOutput<S>[] = [];
    await this.#holder.call(request, shapes.nothing, collect(schema, items));
    return items;
  }

  async #askedList<S extends v.GenericSchema>(
    request: Request,
    schema: S,
  ): Promise<Asked<readonly v.InferOutput<S>[]>> {
    const items: v.InferOutput<S>[] = [];
    const asked = await this.#holder.call(request, shapes.askedNothing, collect(schema, items));
    return asked.ok ? { ok: true, value: items } : asked;
  }
}

/** Puts the items that have their form into a list. */
function collect<S extends v.GenericSchema>(schema: S, items: v.InferOutput<S>[]) {
  return (value: unknown): boolean => {
    const parsed = v.safeParse(schema, value);
    if (parsed.success) items.push(parsed.output);
    return parsed.success;
  };
}
