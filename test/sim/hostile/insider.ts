// A registered member of the class, and of a group, whose client is modified: real keys and real MLS, with no rule held
// and every byte that goes to the server chosen by the test. Must not assert anything.

import type { ClientState as MlsState, Proposal } from "ts-mls";
import { encodeContent, type HandedOver } from "../../../src/client/content.ts";
import { loadProfile, type Profile } from "../../../src/client/profile.ts";
import { decodeId, encodeId, type LogId } from "../../../src/domain/id.ts";
import { leaveStatement } from "../../../src/mls/leaving.ts";
import { type Intent, commit as makeCommit, processCommit } from "../../../src/mls/commit.ts";
import { type Device, makeKeyPackage } from "../../../src/mls/key-package.ts";
import { seal } from "../../../src/mls/message.ts";
import { mlsProvider } from "../../../src/mls/provider.ts";
import { load } from "../../../src/mls/saved.ts";
import { conceal, type Conversation, groupInfo, members, reveal } from "../../../src/mls/state.ts";
import { VaultMemory } from "../../../src/store/vault-memory.ts";
import { decodeTold, encodeTold, type Told } from "../../../src/wire/told.ts";
import type { ServerAnswer } from "../../../src/wire/messages.ts";
import { forgeCommit } from "../../mls/evil.ts";
import { messageId, Raw } from "../../server/hall.ts";
import { type classroom, copyOf, type Person, random } from "../people.ts";

export type Room = ReturnType<typeof classroom>;

export const UNTOLD: Told = { added: [], removed: [] };

/** An inbox entry to be. */
export interface Letter {
  readonly id: string;
  readonly body: Uint8Array;
}

/** What goes to the server as one commit, whether or not its parts belong together. */
export interface Bundle {
  readonly told?: Told;
  readonly commit: Uint8Array;
  readonly info?: Uint8Array;
  /** `body`: as it is put into the inbox. */
  readonly welcomes?: readonly { readonly device: string; readonly body: Uint8Array }[];
  readonly history?: Letter;
  readonly epoch?: number;
}

/** A commit by this member that holds just these proposals, and what it would make of the group. */
export interface Forged {
  readonly commit: Uint8Array;
  readonly info: Uint8Array;
  readonly after: Conversation;
  readonly welcome: Uint8Array | undefined;
}

/** Somebody's keys, and a link to the server that only does what it is told. */
export interface ByHand {
  readonly raw: Raw;
  readonly profile: Profile;
  readonly device: Device;
  readonly vault: VaultMemory;
}

/** Takes the place of somebody's honest client, which ends. */
export async function byHand(room: Room, person: Person): Promise<ByHand> {
  await person.face.close();
  await room.net.quiet();
  const vault = new VaultMemory(copyOf(person.disk));
  const profile = loadProfile(vault);
  if (profile === undefined) throw new Error("by hand: nobody");
  const raw = new Raw(profile.device, () => room.net.quiet());
  raw.pipes = room.net.connect(profile.device.public, () => ({
    data: (chunk) => raw.data(chunk),
    drained: () => {},
    ended: () => (raw.ended = true),
  }));
  await raw.hello();
  await raw.ask({ t: "sync" });
  const device = { credential: profile.credential, signatureSecret: profile.signature.secret };
  return { raw, profile, device, vault };
}

export class Insider {
  readonly room: Room;
  readonly log: LogId;
  readonly raw: Raw;
  readonly profile: Profile;
  readonly device: Device;
  conversation: Conversation;
  readonly #mls = mlsProvider(random);
  #read: number;

  private constructor(room: Room, log: LogId, { raw, profile, device, vault }: ByHand, read: number) {
    this.room = room;
    this.log = log;
    this.profile = profile;
    this.device = device;
    this.raw = raw;
    const [group, ratchet] = [vault.get("group", log), vault.get("ratchet", log)];
    if (group === undefined || ratchet === undefined) throw new Error("insider: not in the group");
    const loaded = load(this.#mls, this.device, { group, ratchet });
    if (!loaded.ok) throw new Error(`insider: ${loaded.refused}`);
    this.conversation = loaded.conversation;
    this.#read = read;
  }

  static async of(room: Room, person: Person, log: LogId): Promise<Insider> {
    const own = await byHand(room, person);
    const read = room.durable.logs.get(log)?.entries.at(-1)?.seq ?? 0;
    return new Insider(room, log, own, read);
  }

  /** The server's count of the group's epochs. */
  get epoch(): number {
    return this.room.durable.logs.get(this.log)?.epoch ?? 0;
  }

  get groupId(): Uint8Array {
    return decodeId(this.log, 24) ?? new Uint8Array(24);
  }

  leafOf(name: string): number {
    const found = members(this.conversation).find(({ credential }) => credential.name === name);
    if (found === undefined) throw new Error(`insider: no ${name} in the group`);
    return found.leaf;
  }

  deviceOf(name: string): string {
    const found = members(this.conversation).find(({ credential }) => credential.name === name);
    if (found === undefined) throw new Error(`insider: no ${name} in the group`);
    return encodeId(found.credential.device);
  }

  /** Reads on in the log; commits that do not fit are passed over. */
  async follow(): Promise<void> {
    for (const { seq, kind, body, sender } of this.room.durable.logs.get(this.log)?.entries ?? []) {
      if (seq <= this.#read) continue;
      this.#read = seq;
      const decoded = kind === "commit" && sender !== this.raw.id ? decodeTold(body) : undefined;
      if (decoded === undefined) continue;
      const processed = await processCommit(this.conversation, decoded.commit, () => true);
      if (processed.ok) this.conversation = processed.conversation;
    }
  }

  async forge(
    proposals: Proposal[],
    options: { twist?: (state: MlsState) => MlsState; authenticatedData?: Uint8Array } = {},
  ): Promise<Forged> {
    await this.follow();
    const { commit, after, welcome } = await forgeCommit(this.conversation, proposals, {
      ...options,
      authenticatedData: new Uint8Array(options.authenticatedData ?? []),
    });
    const next = conceal({ ...reveal(this.conversation), state: after });
    return { commit, info: await groupInfo(next), after: next, welcome };
  }

  /** A commit as an honest client makes it, whatever the rules say. */
  async make(intent: Omit<Intent, "now">) {
    await this.follow();
    const made = await makeCommit(this.conversation, { ...intent, now: this.room.clock.now() });
    if (!made.ok) throw new Error(`insider: ${made.refused}`);
    return made;
  }

  /** Asks the server to take it. */
  commit(bundle: Bundle): Promise<ServerAnswer> {
    const {
      told = UNTOLD,
      commit,
      info = this.noise(40),
      welcomes = [],
      history,
      epoch = this.epoch,
    } = bundle;
    const body = encodeTold(told, commit);
    return this.raw.ask(
      {
        t: "commit",
        log: this.log,
        id: messageId(),
        epoch,
        commit: body.length,
        info: info.length,
        welcomes: welcomes.map(({ device, body: { length } }) => ({ device, id: messageId(), size: length })),
        ...(history === undefined ? {} : { history: { id: history.id, size: history.body.length } }),
      },
      Buffer.concat([body, info, ...welcomes.map((one) => one.body), ...(history ? [history.body] : [])]),
    );
  }

  /** A message's bytes, sealed in the state given or the present one. */
  async sealed(text: string, id = messageId()): Promise<{ id: string; bytes: Uint8Array }> {
    const content = encodeContent({ type: "text", id, sentAt: this.room.clock.now(), text });
    const { conversation, message } = await seal(this.conversation, content, Buffer.from(id));
    this.conversation = conversation;
    return { id, bytes: message };
  }

  /** What newcomers are handed, sealed in the epoch that `after` is in. */
  async history(after: Conversation, messages: readonly HandedOver[]): Promise<Letter> {
    const id = messageId();
    const content = encodeContent({ type: "history", id, messages });
    const { message } = await seal(after, content, Buffer.from(id));
    return { id, body: Buffer.concat([this.groupId, message]) };
  }

  append(bytes: Uint8Array, id = messageId(), epoch = this.epoch): Promise<ServerAnswer> {
    return this.raw.ask({ t: "append", log: this.log, id, epoch }, bytes);
  }

  /** A KeyPackage of somebody's, as the server hands it out to whoever asks. */
  async claim(name: string): Promise<Uint8Array> {
    const answer = await this.raw.ask({ t: "claim", name });
    const found = this.raw.got.findLast(({ message }) => "re" in message && message.re === answer.re);
    if (answer.t !== "claimed" || found === undefined) throw new Error("insider: no KeyPackage");
    return found.body.subarray(0, answer.packages[0]?.size);
  }

  keyPackage(device: Device = this.device) {
    return makeKeyPackage(this.#mls, device, { now: this.room.clock.now(), lastResort: false });
  }

  get mls() {
    return this.#mls;
  }

  statement(): Uint8Array {
    return leaveStatement(this.conversation, this.device);
  }

  noise(length: number): Uint8Array {
    return random(length);
  }
}
