// That somebody is writing, between two people who are both here: whispered, and forgotten a moment later.
// Must not know keys a user presses, nor how long a face shows it.

import { encodeId, type DeviceId, type LogId } from "../domain/id.ts";
import { directLog } from "../domain/direct-log.ts";
import { parseName } from "../domain/name.ts";
import { openWhisper, sealWhisper } from "../mls/whisper.ts";
import { type Conversation, members } from "../mls/state.ts";
import type { Connection } from "./connection.ts";
import { type Held, isGroup, isUnconfirmed } from "./conversation-record.ts";
import type { ClientState } from "./state.ts";

/** Whoever goes on writing says so again after this, ms. */
const SAID_EVERY = 3_000;
/** Who has not said it again by then has stopped, ms. */
const ENDS_AFTER = 6_000;
/** version (1) | when it was made, ms since 1970 (8) */
const VERSION = 1;
const SIZE = 9;

export class Typing {
  readonly #state: ClientState;
  readonly #connection: () => Connection | undefined;
  /** When it was said last, by log. */
  readonly #said = new Map<LogId, number>();
  /** The newest that was heard, by device. */
  readonly #heard = new Map<DeviceId, number>();
  /** Those who are writing: what takes back that they will have stopped. */
  readonly #writing = new Map<LogId, () => void>();

  constructor(state: ClientState, connection: () => Connection | undefined) {
    this.#state = state;
    this.#connection = connection;
    state.subscribe((event) => {
      // What was written is here, or on its way: what is written next is said at once.
      if (event.type === "message" && !event.message.own) this.#came(event.message.conversation);
      else if (event.type === "state" && event.state === "waiting") this.#sent(event.conversation);
    });
  }

  /** This device's user is writing to somebody. Said now and then, where the other one can be told. */
  async say(name: string): Promise<void> {
    const { clock, serial } = this.#state;
    if (this.#connection() === undefined) return;
    const now = clock.now();
    const whisper = await serial.run(async () => {
      const held = this.#direct(name);
      const isLate = clock.now() - now > SAID_EVERY; // other work went before
      if (held === undefined || isLate || !isDue(now, this.#said.get(held.log))) return undefined;
      this.#said.set(held.log, now);
      const content = Buffer.alloc(SIZE);
      content.writeUInt8(VERSION);
      content.writeBigUInt64BE(BigInt(now), 1);
      const aad = aadOf(held.mls, this.#state.profile.device.public);
      return { log: held.log, body: await sealWhisper(held.mls, content, aad) };
    });
    if (whisper !== undefined) this.#connection()?.whisper(whisper.log, whisper.body);
  }

  /** What nobody can have meant is passed over. */
  async heard(log: LogId, sender: DeviceId, body: Uint8Array): Promise<void> {
    const { serial, clock } = this.#state;
    await serial.run(async () => {
      const held = this.#state.conversations.get(log);
      if (held === undefined || isGroup(held) || this.#state.trust.state(held.fold) === "changed") return;
      const device = deviceOf(held, sender);
      const content =
        device === undefined ? undefined : await openWhisper(held.mls, body, aadOf(held.mls, device));
      const made = content === undefined ? undefined : timeOf(content);
      if (made === undefined || made <= (this.#heard.get(sender) ?? 0)) return;
      this.#heard.set(sender, made);
      const { name } = held;
      const was = this.#writing.get(log);
      was?.();
      this.#writing.set(
        log,
        clock.after(ENDS_AFTER, () => this.#stopped(log, name)),
      );
      if (was === undefined) this.#state.emit({ type: "typing", conversation: name, on: true });
    });
  }

  stop(): void {
    for (const cancel of this.#writing.values()) cancel();
    this.#writing.clear();
  }

  #came(name: string): void {
    const log = this.#logOf(name);
    if (log === undefined) return;
    this.#writing.get(log)?.();
    this.#stopped(log, name);
  }

  #sent(name: string): void {
    const log = this.#logOf(name);
    if (log !== undefined) this.#said.delete(log);
  }

  #stopped(log: LogId, conversation: string): void {
    if (this.#writing.delete(log)) this.#state.emit({ type: "typing", conversation, on: false });
  }

  #logOf(name: string): LogId | undefined {
    const parsed = parseName(name);
    const pin = parsed.ok ? this.#state.trust.pin(parsed.fold) : undefined;
    return pin === undefined ? undefined : directLog(this.#state.profile.identity.public, pin.identity);
  }

  /** The conversation with a person whose key is the one that is known, if the server has it. */
  #direct(name: string): Held | undefined {
    const { conversations, trust } = this.#state;
    const log = this.#logOf(name);
    const held = log === undefined ? undefined : conversations.get(log);
    if (held === undefined || isGroup(held) || isUnconfirmed(held)) return undefined;
    return trust.state(held.fold) === "changed" ? undefined : held;
  }
}

/** A clock that was set back must not silence anybody. */
function isDue(now: number, last: number | undefined): boolean {
  return last === undefined || now < last || now - last >= SAID_EVERY;
}

/** The key of the other person's device of this id. */
function deviceOf(held: Held, id: DeviceId): Uint8Array | undefined {
  if (isGroup(held)) return undefined;
  for (const { credential } of members(held.mls))
    if (Buffer.compare(credential.identity, held.identity) === 0 && encodeId(credential.device) === id)
      return credential.device;
  return undefined;
}

/** Whose it is and where: so that a whisper is nothing in another place, or back at its sender. */
function aadOf({ id }: Conversation, device: Uint8Array): Uint8Array {
  return Buffer.concat([id, device]);
}

function timeOf(content: Uint8Array): number | undefined {
  if (content.length !== SIZE || content[0] !== VERSION) return undefined;
  return Number(Buffer.from(content).readBigUInt64BE(1));
}
