// All that a client remembers, and the one way in which it changes: writes first, then what others are told.
// Must not know the link.

import type { DeviceId, MessageId } from "../domain/id.ts";
import { encodeId } from "../domain/id.ts";
import type { MlsProvider } from "../mls/provider.ts";
import { type ClientStore, type Clock, type Random, StoreFailure, type VaultWrite } from "../ports.ts";
import { Conversations } from "./conversations.ts";
import type { ClientEvent } from "./events.ts";
import { OwnKeyPackages } from "./key-packages.ts";
import { Outbox } from "./outbox.ts";
import { PendingCommits } from "./pending.ts";
import type { Profile } from "./profile.ts";
import { Serial } from "./serial.ts";
import { ServerTime } from "./server-time.ts";
import { shownAs } from "./showing.ts";
import { Timeline } from "./timeline.ts";
import { TransferBook } from "./transfer-book.ts";
import type { Downloads } from "./transfer-view.ts";
import { TrustBook } from "./trust.ts";

export class ClientState {
  readonly serial = new Serial();
  readonly store: ClientStore;
  /** For what is due after a while. What time it is, `time` tells. */
  readonly clock: Clock;
  readonly time: ServerTime;
  readonly random: Random;
  readonly trust: TrustBook;
  readonly timeline: Timeline;
  readonly outbox: Outbox;
  readonly transfers: TransferBook;
  /** Until a face says otherwise, nothing is taken without being asked for. */
  downloads: Downloads = { folder: "downloads", upTo: -1 };
  readonly pending: PendingCommits;
  readonly keyPackages: OwnKeyPackages;
  readonly conversations: Conversations;
  profile: Profile;
  readonly #deviceId: DeviceId;
  readonly #listeners = new Set<(event: ClientEvent) => void>();

  constructor(store: ClientStore, clock: Clock, random: Random, mls: MlsProvider, profile: Profile) {
    this.store = store;
    this.clock = clock;
    this.time = new ServerTime(clock);
    this.random = random;
    this.profile = profile;
    this.#deviceId = encodeId(profile.device.public);
    this.trust = new TrustBook(store);
    this.timeline = new Timeline(store, (row, key) => shownAs(this, row, key));
    this.outbox = new Outbox(store);
    this.transfers = new TransferBook(store, random);
    this.pending = new PendingCommits(store);
    const device = { credential: profile.credential, signatureSecret: profile.signature.secret };
    this.keyPackages = new OwnKeyPackages(store, this.time, mls, device);
    const { keyPackages, time } = this;
    this.conversations = new Conversations({
      store,
      clock: time,
      mls,
      profile: () => this.profile,
      keyPackages,
    });
  }

  /**
   * Writes all or nothing, then tells. When the disk does not take it, memory goes back to what is on disk (nothing
   * made from the lost state has left this device) and the StoreFailure is thrown on.
   */
  commit(writes: readonly VaultWrite[], events: readonly ClientEvent[] = []): void {
    try {
      if (writes.length > 0) this.store.transaction(writes);
    } catch (error) {
      if (error instanceof StoreFailure) this.reload();
      throw error;
    }
    if (writes.some((write) => "put" in write && write.put === "trust")) this.trust.reload();
    for (const event of events) this.emit(event);
  }

  reload(): void {
    this.conversations.reload();
    this.trust.reload();
    this.timeline.reload();
    this.outbox.reload();
    this.transfers.reload();
    this.pending.reload();
  }

  get deviceId(): DeviceId {
    return this.#deviceId;
  }

  messageId(): MessageId {
    return encodeId(this.random(16));
  }

  emit(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
