// Who has what this device sent, by the cursors of others. A cursor says so only up to where this device itself has
// read the log: whoever came back from outside has passed entries that they cannot read, and the log tells it. And a
// cursor beyond what has expired says nothing of what lay before. Must not know how messages are sent.

import type { DeviceId, LogId } from "../domain/id.ts";
import type { VaultWrite } from "../ports.ts";
import type { Connection } from "./connection.ts";
import type { ClientEvent } from "./events.ts";
import { giveUp } from "./forsaken.ts";
import { isMissing, progress, reached, told } from "./outbox.ts";
import type { ClientState } from "./state.ts";

/** A device, and the `seq` that its cursor has passed. */
export type Cursor = readonly [device: DeviceId, seq: number];

/** A device's cursor beyond this device's own: the first such place that was told, and the last. */
interface Early {
  readonly first: number;
  readonly last: number;
}

export class Receipts {
  readonly #state: ClientState;
  readonly #early = new Map<LogId, Map<DeviceId, Early>>();
  /** Up to where something has expired, by log. */
  readonly #expired = new Map<LogId, number>();

  constructor(state: ClientState) {
    this.#state = state;
  }

  /**
   * Run inside the client's queue, with all written that came before: devices' cursors have passed a `seq`. `expired`:
   * over a gap that reached up to there.
   */
  received(log: LogId, cursors: readonly Cursor[], expired = 0): void {
    this.#gap(log, expired);
    this.#passed(log, cursors);
    if (expired > 0) this.#giveUp(log);
  }

  #gap(log: LogId, expired: number): void {
    if (expired > (this.#expired.get(log) ?? 0)) this.#expired.set(log, expired);
  }

  #passed(log: LogId, cursors: readonly Cursor[]): void {
    const { outbox, deviceId } = this.#state;
    if (outbox.ofLog(log).length === 0) return;
    const own = this.#cursor(log);
    const others = cursors.filter(([device]) => device !== deviceId);
    for (const [device, seq] of others) if (seq > own) this.#tooEarly(log, device, seq);
    this.#deliver(
      log,
      others.filter(([, seq]) => seq <= own),
    );
  }

  #tooEarly(log: LogId, device: DeviceId, seq: number): void {
    const devices = this.#early.get(log) ?? new Map<DeviceId, Early>();
    const before = devices.get(device);
    devices.set(device, { first: before?.first ?? seq, last: Math.max(before?.last ?? seq, seq) });
    this.#early.set(log, devices);
  }

  /** Whether something was told of this log before its time. */
  isEarly(log: LogId): boolean {
    return this.#early.has(log);
  }

  /** As `received`: this device has read on in a log. */
  readOn(log: LogId): void {
    const devices = this.#early.get(log);
    if (devices === undefined) return;
    const cursor = this.#cursor(log);
    const passed: Cursor[] = [];
    for (const [device, { first, last }] of devices) {
      if (first > cursor) continue;
      passed.push([device, first]);
      if (first < last && last <= cursor) passed.push([device, last]);
      if (last <= cursor) devices.delete(device);
      else devices.set(device, { first: last, last });
    }
    this.#deliver(log, passed);
    if (devices.size > 0) return;
    this.#early.delete(log);
    this.#giveUp(log);
  }

  /** What was delivered while this device was away. */
  async catchUp(connection: Connection): Promise<void> {
    for (const log of this.#state.outbox.undeliveredLogs()) {
      const found = await cursorsOf(connection, log);
      if (found === undefined) continue;
      await this.#state.serial.run(() => {
        this.#gap(log, found.expired);
        this.#passed(log, found.cursors);
        this.#giveUp(log);
      });
    }
  }

  #cursor(log: LogId): number {
    return this.#state.conversations.get(log)?.cursor ?? 0;
  }

  /** Written once for all of them: in a group there are many. */
  #deliver(log: LogId, cursors: readonly Cursor[]): void {
    const { outbox, timeline } = this.#state;
    const expired = this.#expired.get(log) ?? 0;
    const writes: VaultWrite[] = [];
    const events: ClientEvent[] = [];
    for (const item of outbox.ofLog(log)) {
      const { accepted } = item;
      if (accepted === undefined) continue;
      const got = new Set<DeviceId>();
      for (const [device, seq] of cursors) {
        const isLost = accepted.seq <= expired && expired <= seq;
        if (accepted.seq <= seq && !isLost && isMissing(accepted, device)) got.add(device);
      }
      if (got.size === 0) continue;
      const now = { ...item, accepted: reached(accepted, got) };
      const come = progress(now);
      const done = come.state === "delivered" && item.position !== undefined;
      writes.push(...(done ? outbox.remove(item.id) : outbox.put(now)));
      if (item.position !== undefined) writes.push(...timeline.change(item.fold, item.position, come));
      events.push(...told(item, come));
    }
    this.#state.commit(writes, events);
  }

  /** What has expired and is not known to have reached everyone. */
  #giveUp(log: LogId): void {
    const expired = this.#expired.get(log) ?? 0;
    if (expired === 0 || this.#early.has(log)) return; // who was told early may still turn out to have it
    const lost = this.#state.outbox
      .ofLog(log)
      .filter(({ accepted }) => accepted !== undefined && accepted.seq <= expired)
      .filter((item) => progress(item).state !== "delivered")
      .map((item) => giveUp(this.#state, item, "expired"));
    this.#state.commit(
      lost.flatMap(({ writes }) => writes),
      lost.flatMap(({ events }) => events),
    );
  }
}

/** The cursors of all that are in a log; undefined when they could not be asked for. */
async function cursorsOf(
  connection: Connection,
  log: LogId,
): Promise<{ cursors: Cursor[]; expired: number } | undefined> {
  const cursors: Cursor[] = [];
  for (let after: string | undefined; ;) {
    const reply = await connection.request({ t: "cursors", log, ...(after === undefined ? {} : { after }) });
    if (!reply.ok || reply.answer.t !== "cursors") return undefined;
    const { expired = 0, after: next } = reply.answer;
    cursors.push(...reply.answer.cursors);
    if (next === undefined || next === after) return { cursors, expired };
    after = next;
  }
}
