// What the server asks this device to do for a group: to let in those who want to, and to take out those who have left.
// Must not know how a commit is made.

import { decodeId, encodeId } from "../domain/id.ts";
import { readKeyPackage } from "../mls/key-package.ts";
import { leaverOf } from "../mls/leaving.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { splitBody } from "../wire/codec.ts";
import type { ServerNotice } from "../wire/messages.ts";
import type { Committing } from "./committing.ts";
import { isGroup } from "./conversation-record.ts";
import type { Newcomer } from "./proposing.ts";
import type { ClientState } from "./state.ts";

export class Adding {
  readonly #state: ClientState;
  readonly #mls: MlsProvider;
  readonly #committing: Committing;

  constructor(state: ClientState, mls: MlsProvider, committing: Committing) {
    this.#state = state;
    this.#mls = mls;
    this.#committing = committing;
  }

  /** Run inside the client's queue. What does not hold is passed over: the server asks somebody else, or the same again. */
  async asked(
    { log, joins, leaves }: Extract<ServerNotice, { t: "asked" }>,
    body: Uint8Array,
  ): Promise<void> {
    const held = this.#state.conversations.get(log);
    if (held === undefined || !isGroup(held)) return;
    const parts = splitBody(
      body,
      [...joins, ...leaves].map(({ size }) => size),
    );
    if (parts === undefined) return;
    const add: Newcomer[] = [];
    for (const [i, { device }] of joins.entries()) {
      const part = parts[i];
      const newcomer = part === undefined ? undefined : await this.#newcomer(device, part);
      if (newcomer !== undefined) add.push(newcomer);
    }
    const statements = parts.slice(joins.length).filter((one) => leaverOf(held.mls, one) !== undefined);
    if (add.length > 0 || statements.length > 0)
      this.#committing.wish(log, { asAdmin: false, add, statements });
  }

  /** `device`: as the server says; the KeyPackage is to be just that device's. */
  async #newcomer(device: string, bytes: Uint8Array): Promise<Newcomer | undefined> {
    const body = new Uint8Array(bytes);
    const read = await readKeyPackage(this.#mls, body, this.#state.time.now());
    const key = decodeId(device, 32);
    if (!read.ok || key === undefined || Buffer.compare(read.credential.device, key) !== 0) return undefined;
    return { device, person: encodeId(read.credential.identity), body };
  }
}
