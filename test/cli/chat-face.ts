// A client that does what a test tells it to, and writes down what it was asked.

import type { Finding } from "../../src/client/diagnosis.ts";
import type {
  Asked,
  ClientEvent,
  Conversation,
  Face,
  Group,
  GroupChange,
  GroupMember,
  GroupNotice,
  GroupOutcome,
  HistoryQuery,
  Message,
  MessageState,
  NewGroup,
  Person,
  Status,
  Verification,
} from "../../src/client/events.ts";
import type { FailureReason } from "../../src/client/failure-reason.ts";
import type { Answering } from "../../src/client/remark-view.ts";
import type { Transfer, TransferAction } from "../../src/client/transfer-view.ts";

export function transfer(name: string, more: Partial<Transfer> = {}): Transfer {
  const base = { number: 1, id: name, way: "in" as const, conversation: "bob", sender: "bob", name };
  return { ...base, size: 1000, state: "receiving", done: 0, ...more };
}

export const NOON = Date.UTC(2025, 9, 6, 12, 0);

export function message(from: string, text: string, more: Partial<Message> = {}): Message {
  const base = { id: `${from}:${text}`, conversation: from, sender: from, text, sentAt: NOON };
  return { ...base, queued: false, trusted: true, own: false, ...more };
}

/** What has happened in a group. */
export function happened(conversation: string, notice: GroupNotice, more: Partial<Message> = {}): Message {
  return { ...message("", "", { id: `${conversation} ${notice.kind}`, conversation, notice }), ...more };
}

export function group(name: string, more: Partial<Group> = {}): Group {
  return { name, size: 1, open: true, announcement: false, mine: "member", ...more };
}

export function member(name: string, more: Partial<GroupMember> = {}): GroupMember {
  return { name, me: false, admin: false, online: true, trust: "pinned", ...more };
}

export function person(name: string, more: Partial<Person> = {}): Person {
  return { name, online: true, me: false, trust: "pinned", ...more };
}

export class FakeFace implements Face {
  readonly sent: { id: string; to: string; text: string; replyTo?: string }[] = [];
  readonly seen: string[] = [];
  readonly typed: string[] = [];
  readonly asked: string[] = [];
  now: Status = { state: "online", className: "CSCE 513", waiting: 0 };
  people: Asked<readonly Person[]> = { ok: true, value: [person("alice", { me: true })] };
  known: Asked<readonly Group[]> = { ok: true, value: [] };
  in: Record<string, readonly GroupMember[]> = {};
  /** What the next thing asked of a group is answered; unless it is said, that it is done. */
  outcome: (name: string) => Promise<Asked<GroupOutcome>> = async (name) => {
    return { ok: true, value: { state: "done", name: `@${name}` } };
  };
  messages: Message[] = [];
  listed: Conversation[] = [];
  waiting: Message[] = [];
  keys: Verification = {
    name: "bob",
    trust: "pinned",
    safetyNumber: Array.from({ length: 12 }, (_, i) => String(10_001 + i)).join(" "),
    pinned: "aaaa bbbb",
  };
  /** What a call to send ends with instead of an id. */
  refuse: Error | undefined;
  /** What is answered where one file is spoken of, and all of them. */
  file: Asked<Transfer> = { ok: false, reason: "no-such-transfer" };
  files: readonly Transfer[] = [];
  closed = false;
  listeners = 0;
  readonly #coming: (() => void)[] = [];
  readonly #listeners = new Set<(event: ClientEvent) => void>();

  emit(...events: ClientEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  /** Tells how far a message has come, as soon as it is sent. */
  state(
    id: string,
    state: MessageState,
    more: { delivered?: number; of?: number; reason?: FailureReason } = {},
  ) {
    const found = this.sent.find((one) => one.id === id);
    if (found === undefined) return void this.#coming.push(() => this.state(id, state, more));
    this.emit({ type: "state", id, conversation: found.to, state, delivered: 0, of: 1, ...more });
  }

  async send(to: string, text: string, answering: Answering = {}): Promise<{ readonly id: string }> {
    if (this.refuse !== undefined) throw this.refuse;
    const id = `m${this.sent.length + 1}`;
    this.asked.push(`send ${to} ${text}`);
    this.sent.push({ id, to, text, ...answering });
    this.state(id, "waiting");
    for (const tell of this.#coming.splice(0)) tell();
    return { id };
  }

  async react(conversation: string, id: string, emoji?: string): Promise<Asked<Message>> {
    return this.#remark(`react ${conversation} ${id} ${emoji ?? "none"}`, id);
  }

  async edit(conversation: string, id: string, text: string): Promise<Asked<Message>> {
    return this.#remark(`edit ${conversation} ${id} ${text}`, id);
  }

  async remove(conversation: string, id: string): Promise<Asked<Message>> {
    return this.#remark(`remove ${conversation} ${id}`, id);
  }

  #remark(asked: string, id: string): Asked<Message> {
    this.asked.push(asked);
    const found = this.messages.find((one) => one.id === id);
    return found === undefined ? { ok: false, reason: "no-such-message" } : { ok: true, value: found };
  }

  async sendFile(to: string, path: string): Promise<Asked<Transfer>> {
    this.asked.push(`sendFile ${to} ${path}`);
    return this.file;
  }

  async transfers(): Promise<readonly Transfer[]> {
    return this.files;
  }

  async changeTransfer(which: string, action: TransferAction): Promise<Asked<Transfer>> {
    this.asked.push(`${action} ${which}`);
    return this.file;
  }

  async receiveInto(): Promise<void> {}

  async users(): Promise<Asked<readonly Person[]>> {
    return this.people;
  }

  async groups(): Promise<Asked<readonly Group[]>> {
    return this.known;
  }

  async members(name: string): Promise<Asked<readonly GroupMember[]>> {
    const members = this.in[name];
    return members === undefined ? { ok: false, reason: "no-such-group" } : { ok: true, value: members };
  }

  async createGroup(group: NewGroup): Promise<Asked<GroupOutcome>> {
    this.asked.push(`create ${JSON.stringify(group)}`);
    return this.outcome(group.name);
  }

  async joinGroup(name: string): Promise<Asked<GroupOutcome>> {
    this.asked.push(`join ${name}`);
    return this.outcome(name);
  }

  async leaveGroup(name: string): Promise<Asked<GroupOutcome>> {
    this.asked.push(`leave ${name}`);
    return this.outcome(name);
  }

  async changeGroup(name: string, change: GroupChange): Promise<Asked<GroupOutcome>> {
    this.asked.push(`change ${name} ${JSON.stringify(change)}`);
    return this.outcome(name);
  }

  async history(query: HistoryQuery): Promise<readonly Message[]> {
    this.asked.push(`history ${JSON.stringify(query)}`);
    return this.messages
      .filter(({ conversation }) => query.with === undefined || conversation === query.with)
      .filter(({ text }) => text.includes(query.search ?? ""));
  }

  async conversations(): Promise<readonly Conversation[]> {
    return this.listed;
  }

  async unread(): Promise<readonly Message[]> {
    return this.waiting;
  }

  async shown(conversation: string, position: number): Promise<void> {
    this.seen.push(`${conversation} ${position}`);
  }

  async typing(conversation: string): Promise<void> {
    this.typed.push(conversation);
  }

  async verify(name: string): Promise<Asked<Verification>> {
    this.asked.push(`verify ${name}`);
    if (name !== this.keys.name) return { ok: false, reason: "no-such-user" };
    return { ok: true, value: this.keys };
  }

  async verified(name: string): Promise<Asked<Verification>> {
    this.asked.push(`verified ${name}`);
    return { ok: true, value: { ...this.keys, trust: "verified" } };
  }

  async trust(name: string): Promise<Asked<Verification>> {
    this.asked.push(`trust ${name}`);
    return { ok: true, value: { ...this.keys, trust: "pinned", pinned: "cccc dddd" } };
  }

  async status(): Promise<Status> {
    return this.now;
  }

  async diagnose(): Promise<readonly Finding[]> {
    return [];
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    this.listeners = this.#listeners.size;
    return () => {
      this.#listeners.delete(listener);
      this.listeners = this.#listeners.size;
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
