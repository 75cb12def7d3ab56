// People for the tests of this room: devices with seeded randomness, and groups of them.
// Must not assert anything.

import { createHash } from "node:crypto";
import { commit, type Committed } from "../../src/mls/commit.ts";
import { createConversation, joinConversation } from "../../src/mls/conversation.ts";
import { type Credential, generateIdentity, type Identity, issueCredential } from "../../src/mls/identity.ts";
import { type Device, type MadeKeyPackage, makeKeyPackage } from "../../src/mls/key-package.ts";
import type { Outcome } from "../../src/mls/outcome.ts";
import { type MlsProvider, mlsProvider } from "../../src/mls/provider.ts";
import type { Conversation } from "../../src/mls/state.ts";

export const NOW = Date.UTC(2030, 0, 1);

/** Bytes that only depend on the seed and on how many were taken before. */
export function seededRandom(seed: string): (n: number) => Uint8Array {
  let taken = 0;
  return (n) => {
    const bytes = Buffer.alloc(n);
    for (let at = 0; at < n; at += 32)
      createHash("sha256").update(`${seed}/${taken++}`).digest().copy(bytes, at);
    return new Uint8Array(bytes);
  };
}

export interface Person {
  readonly name: string;
  readonly mls: MlsProvider;
  readonly identity: Identity;
  readonly device: Device;
  readonly random: (n: number) => Uint8Array;
}

/** A person with one device. The same name and seed give the same keys. */
export function person(name: string, seed = name, identity?: Identity): Person {
  const random = seededRandom(seed);
  const own = identity ?? generateIdentity(random);
  const signature = generateIdentity(random);
  const subject: Omit<Credential, "identity"> = {
    name,
    device: generateIdentity(random).public,
    signatureKey: signature.public,
  };
  const device = { credential: issueCredential(own, subject), signatureSecret: signature.secret };
  return { name, mls: mlsProvider(random), identity: own, device, random };
}

export function keyPackage(of: Person, lastResort = false): Promise<MadeKeyPackage> {
  return makeKeyPackage(of.mls, of.device, { now: NOW, lastResort });
}

/** The value of an outcome that is expected to be one. */
export function taken<T>(outcome: Outcome<T>): { readonly ok: true } & T {
  if (!outcome.ok) throw new Error(`refused: ${outcome.refused}`);
  return outcome;
}

export const GROUP_ID = new TextEncoder().encode("the group of the tests!!");

/** A group of all, made by the first, at epoch 1; their states in the same order. */
export async function group(people: readonly Person[], id: Uint8Array = GROUP_ID): Promise<Conversation[]> {
  const [creator, ...others] = people;
  if (creator === undefined) throw new Error("a group of nobody");
  const packages = await Promise.all(others.map((other) => keyPackage(other)));
  const begun = taken(
    await createConversation(creator.mls, creator.device, {
      id,
      keyPackages: packages.map((made) => made.public),
      now: NOW,
    }),
  );
  const states = [begun.conversation];
  for (const [at, other] of others.entries()) {
    const made = packages[at];
    if (made === undefined || begun.welcome === undefined) throw new Error("no welcome");
    const joined = taken(
      await joinConversation(other.mls, other.device, { id, welcome: begun.welcome, keyPackage: made }),
    );
    states.push(joined.conversation);
  }
  return states;
}

export const RULES = new TextEncoder().encode("the rules of the tests");

/** A group of all with rules, begun by the first alone, who adds the others; at epoch 1, or 0 of one. */
export async function ruledGroup(
  people: readonly Person[],
  id: Uint8Array = GROUP_ID,
): Promise<Conversation[]> {
  const [creator, ...others] = people;
  if (creator === undefined) throw new Error("a group of nobody");
  const beginning = { id, keyPackages: [], now: NOW, rules: RULES };
  const { conversation } = taken(await createConversation(creator.mls, creator.device, beginning));
  if (others.length === 0) return [conversation];
  const packages = await Promise.all(others.map((other) => keyPackage(other)));
  const added = taken(await commit(conversation, { add: packages.map((made) => made.public), now: NOW }));
  const joined = others.map((other, at) => enter(other, packages[at], added, at, id));
  return [added.pending, ...(await Promise.all(joined))];
}

/** Joins from the `at`th Welcome of a commit, and the tree in its GroupInfo. */
export async function enter(
  who: Person,
  made: MadeKeyPackage | undefined,
  { welcomes, groupInfo }: Pick<Committed, "welcomes" | "groupInfo">,
  at = 0,
  id: Uint8Array = GROUP_ID,
): Promise<Conversation> {
  const welcome = welcomes[at];
  if (welcome === undefined || made === undefined) throw new Error("no welcome");
  const invitation = { id, welcome, keyPackage: made, groupInfo };
  return taken(await joinConversation(who.mls, who.device, invitation)).conversation;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
