// What was begun with groups while there was no connection, gone on with when there is one.
// Must not know how a group is founded or left.

import type { LogId } from "../domain/id.ts";
import type { Groups } from "./groups.ts";
import type { ClientState } from "./state.ts";
import type { ConnectionTraffic } from "./traffic.ts";

/** The pause before the server is asked again to found a group that it could not take, ms. */
const FOUND_AGAIN = 5_000;

export class Foundings {
  readonly #state: ClientState;
  readonly #groups: Groups;
  readonly #online: () => ConnectionTraffic | undefined;
  readonly #fault: (error: unknown) => void;

  constructor(
    state: ClientState,
    groups: Groups,
    online: () => ConnectionTraffic | undefined,
    fault: (error: unknown) => void,
  ) {
    this.#state = state;
    this.#groups = groups;
    this.#online = online;
    this.#fault = fault;
  }

  async goOn(traffic: ConnectionTraffic): Promise<void> {
    const { conversations, serial } = this.#state;
    for (const log of await serial.run(() => conversations.groupLogs())) {
      await this.#found(traffic, log);
      await traffic.tellLeaving(log);
    }
  }

  async #found(traffic: ConnectionTraffic, log: LogId): Promise<void> {
    const ended = await this.#groups.found(traffic, log, { asked: false });
    if (ended !== "waiting" || this.#online() !== traffic) return;
    this.#state.clock.after(FOUND_AGAIN, () => {
      if (this.#online() === traffic) this.#found(traffic, log).catch(this.#fault);
    });
  }
}
