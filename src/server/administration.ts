// Whether a group has any of the admins its rules name: one that has none lets every member act as one, and its
// members judge (domain/group-rules.ts, `adminsAmong`). Must not know what is asked of them.

import { decodeRules } from "../wire/rules.ts";
import { encodeId, type LogId } from "../domain/id.ts";
import type { Clock } from "../ports.ts";
import type { ServerStore } from "../ports/server-store.ts";

/** For how long the answer is good, ms: it is asked for by everyone who is refused, and costs a look at every member. */
const GOOD_FOR = 1_000;

export class Administration {
  readonly #store: ServerStore;
  readonly #clock: Clock;
  readonly #known = new Map<LogId, { readonly at: number; readonly answer: Promise<boolean> }>();

  constructor(store: ServerStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Whether an admin is in the group, online or not. */
  isThere(log: LogId): Promise<boolean> {
    const now = this.#clock.now();
    const known = this.#known.get(log);
    if (known !== undefined && Math.abs(now - known.at) < GOOD_FOR) return known.answer;
    for (const [other, { at }] of this.#known) if (Math.abs(now - at) >= GOOD_FOR) this.#known.delete(other);
    const answer = this.#look(log);
    this.#known.set(log, { at: now, answer });
    return answer;
  }

  /** Who is in it has changed. */
  changed(log: LogId): void {
    this.#known.delete(log);
  }

  async #look(log: LogId): Promise<boolean> {
    const [group, members] = await Promise.all([this.#store.groupOfLog(log), this.#store.members(log)]);
    const rules = group === undefined ? undefined : decodeRules(group.rules);
    if (rules === undefined) return true;
    const accounts = await Promise.all(members.map(({ device }) => this.#store.accountOfDevice(device)));
    return accounts.some(
      (account) => account !== undefined && rules.admins.includes(encodeId(account.identity)),
    );
  }
}
