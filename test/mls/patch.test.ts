// What scripts/patches/ts-mls@1.6.4.patch mends, shown on ts-mls itself. Each of these fails without its hunk.

import { describe, expect, test } from "bun:test";
import { createCommit, emptyPskIndex, makePskIndex, processMessage } from "ts-mls";
import type { CiphersuiteImpl, ClientState, MLSMessage, Proposal, RatchetTree } from "ts-mls";
import { decodeRatchetTree, encodeRatchetTree, removeLeaves } from "ts-mls/ratchetTree.js";
import { createSecretTree, ratchetToGeneration } from "ts-mls/secretTree.js";
import { decodeReuseGuard } from "ts-mls/sender.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { directPath, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { enumNumberToKey } from "ts-mls/util/enumHelpers.js";
import { clientConfig } from "../../src/mls/authentication.ts";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { joinConversation } from "../../src/mls/conversation.ts";
import { open, seal } from "../../src/mls/message.ts";
import { mlsProvider } from "../../src/mls/provider.ts";
import { type Conversation, members, reveal } from "../../src/mls/state.ts";
import { GROUP_ID, group, keyPackage, NOW, person, seededRandom, taken, text, utf8 } from "./people.ts";

const NAMES = ["alice", "bob", "carol", "dave", "erin", "frank"];

/** A provider that counts digests and key derivations. */
function counting(): { mls: CiphersuiteImpl; counts: { digests: number; expansions: number } } {
  const mls = mlsProvider(seededRandom("counting"));
  const counts = { digests: 0, expansions: 0 };
  return {
    counts,
    mls: {
      ...mls,
      hash: {
        ...mls.hash,
        digest: (data) => {
          counts.digests += 1;
          return mls.hash.digest(data);
        },
      },
      kdf: {
        ...mls.kdf,
        expand: (prk, info, length) => {
          counts.expansions += 1;
          return mls.kdf.expand(prk, info, length);
        },
      },
    },
  };
}

async function processAt(state: ClientState, message: MLSMessage, psk = emptyPskIndex): Promise<ClientState> {
  if (message.wireformat !== "mls_private_message") throw new Error("not private");
  return (await processMessage(message, state, psk, () => "accept", mlsProvider(seededRandom("receiver"))))
    .newState;
}

describe("ts-mls, patched", () => {
  test("a tree whose parents list different unmerged leaves is valid, and can be joined", async () => {
    const states = new Map((await group(NAMES.map((name) => person(name)))).entries());
    const at = (leaf: number) => {
      const state = states.get(leaf);
      if (state === undefined) throw new Error("nobody there");
      return state;
    };
    const change = async (by: number, intent: Parameters<typeof commit>[1]) => {
      const made = taken(await commit(at(by), intent));
      for (const leaf of states.keys()) {
        states.set(
          leaf,
          leaf === by ? made.pending : taken(await processCommit(at(leaf), made.commit)).conversation,
        );
      }
      return made;
    };
    for (const by of [0, 1, 2, 3, 4, 5]) await change(by, { now: NOW });
    await change(0, { remove: [1], now: NOW });
    states.delete(1);
    for (const by of [2, 4, 0]) await change(by, { now: NOW });
    // Grace takes bob's leaf and is unmerged in all parents above; erin's path then merges her in the root alone.
    const joiners = [person("grace"), person("henry")];
    const [grace, henry] = await Promise.all(joiners.map((joiner) => keyPackage(joiner)));
    await change(0, { add: [grace?.public ?? new Uint8Array()], now: NOW });
    await change(4, { now: NOW });
    const unmerged = reveal(at(0)).state.ratchetTree.flatMap((node) =>
      node?.nodeType === "parent" ? [node.parent.unmergedLeaves.length] : [],
    );
    expect(new Set(unmerged).size).toBeGreaterThan(1);
    const made = await change(5, { add: [henry?.public ?? new Uint8Array()], now: NOW });
    const [, joiner] = joiners;
    if (joiner === undefined || henry === undefined || made.welcomes[0] === undefined)
      throw new Error("nobody to join");
    const joined = taken(
      await joinConversation(joiner.mls, joiner.device, {
        id: GROUP_ID,
        welcome: made.welcomes[0],
        keyPackage: henry,
      }),
    );
    expect(members(joined.conversation).length).toBe(7);
    const sealed = await seal(joined.conversation, utf8("in"), new Uint8Array());
    expect(text(taken(await open(at(0), sealed.message)).content)).toBe("in");
  });

  test("the way to the root from a node outside the tree ends", () => {
    for (const index of [10_000, 15, -1, 0.5 - 1.5]) {
      expect(() => directPath(toNodeIndex(index), 8)).toThrow("not in the tree");
    }
    expect(directPath(toNodeIndex(14), 8).map(Number)).toEqual([13, 11, 7]);
  });

  test("a change of the group context together with a removal is processed", async () => {
    const [alice, bob] = (await group(NAMES.slice(0, 3).map((name) => person(name)))) as [
      Conversation,
      Conversation,
    ];
    const extraProposals: Proposal[] = [
      {
        proposalType: "group_context_extensions",
        groupContextExtensions: {
          extensions: [{ extensionType: "application_id", extensionData: utf8("x") }],
        },
      },
      { proposalType: "remove", remove: { removed: 2 } },
    ];
    const { mls, state } = reveal(alice);
    const made = await createCommit({ state, cipherSuite: mls }, { extraProposals });
    const after = await processAt(reveal(bob).state, made.commit);
    expect(after.keySchedule.epochAuthenticator).toEqual(made.newState.keySchedule.epochAuthenticator);
  });

  test("a change of the group context has a path", async () => {
    const [alice] = (await group([person("alice"), person("bob")])) as [Conversation];
    const { mls, state } = reveal(alice);
    const extensions = [{ extensionType: "application_id" as const, extensionData: utf8("x") }];
    const extraProposals: Proposal[] = [
      { proposalType: "group_context_extensions", groupContextExtensions: { extensions } },
    ];
    const { newState } = await createCommit({ state, cipherSuite: mls }, { extraProposals });
    const [own] = newState.ratchetTree;
    expect(own?.nodeType === "leaf" && own.leaf.leafNodeSource).toBe("commit");
  });

  test("a pre-shared key is found for a private message", async () => {
    const [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    const { mls, state } = reveal(alice);
    const index = makePskIndex(undefined, { [Buffer.from("id").toString("base64")]: utf8("the key") });
    const extraProposals: Proposal[] = [
      {
        proposalType: "psk",
        psk: { preSharedKeyId: { psktype: "external", pskId: utf8("id"), pskNonce: new Uint8Array(32) } },
      },
    ];
    const made = await createCommit({ state, cipherSuite: mls, pskIndex: index }, { extraProposals });
    const after = await processAt(reveal(bob).state, made.commit, index);
    expect(after.keySchedule.epochAuthenticator).toEqual(made.newState.keySchedule.epochAuthenticator);
  });

  test("a removed member notices, though its leaf is filled again in the same commit", async () => {
    const [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    const { public: carol } = await keyPackage(person("carol"));
    const made = taken(await commit(alice, { remove: [1], add: [carol], now: NOW }));
    expect(
      reveal(taken(await processCommit(bob, made.commit)).conversation).state.groupActiveState.kind,
    ).toBe("removedFromGroup");
  });

  test("the machine's clock is not asked: packages of 2030 are added today", async () => {
    expect(NOW).toBeGreaterThan(Date.now());
    expect((await group([person("alice"), person("bob")])).length).toBe(2);
  });

  test("a tree that was hashed is hashed again for nothing, and after a change along one path alone", async () => {
    const [alice] = (await group(NAMES.map((name) => person(name)))) as [Conversation];
    const { ratchetTree } = reveal(alice).state;
    const { mls, counts } = counting();
    const digestsOf = async (tree: RatchetTree) => {
      counts.digests = 0;
      const hash = await treeHashRoot(tree, mls.hash);
      return { hash, digests: counts.digests };
    };
    const first = await digestsOf(ratchetTree);
    expect(first.digests).toBe(15);
    expect(await digestsOf(ratchetTree.slice())).toEqual({ hash: first.hash, digests: 0 });
    const changed = ratchetTree.with(2, ratchetTree[0]);
    const after = await digestsOf(changed);
    expect(after.digests).toBe(4);
    // The remembered hash is the one of a tree whose nodes were never seen; two blank leaves and their parent were.
    const fresh = decodeRatchetTree(encodeRatchetTree(changed), 0)?.[0] ?? [];
    expect(await digestsOf(fresh)).toEqual({ hash: after.hash, digests: 12 });
    expect((await digestsOf(ratchetTree)).hash).toEqual(first.hash);
  });

  test("taking leaves out of a tree leaves alone what does not speak of them, so that hashes stay known", async () => {
    const [alice] = (await group(NAMES.map((name) => person(name)))) as [Conversation];
    const { ratchetTree } = reveal(taken(await commit(alice, { now: NOW })).pending).state;
    expect(removeLeaves(ratchetTree, [])).toBe(ratchetTree);
    const without = removeLeaves(ratchetTree, [toLeafIndex(5)]);
    expect(without[10]).toBeUndefined();
    for (const index of [0, 3, 7, 8]) expect(without[index]).toBe(ratchetTree[index]);
  });

  test("a secret tree is derived where it is used, and what was used is dropped", async () => {
    const { mls, counts } = counting();
    const tree = await createSecretTree(512, new Uint8Array(32).fill(1), mls.kdf);
    expect(counts.expansions).toBe(0);
    const reuseGuard = decodeReuseGuard(new Uint8Array(4), 0)?.[0];
    if (reuseGuard === undefined) throw new Error("no reuse guard");
    const { keyRetentionConfig } = clientConfig(0);
    const step = (from: typeof tree, leafIndex: number) =>
      ratchetToGeneration(
        from,
        { leafIndex, generation: 0, reuseGuard },
        "application",
        keyRetentionConfig,
        mls,
      );
    const { newTree } = await step(tree, 511);
    expect(Object.keys(newTree.secrets).length).toBe(9);
    expect(Object.keys(newTree.leaves)).toEqual(["1022"]);
    expect(newTree.secrets[511]).toBeUndefined();
    // In whatever order leaves are used, they have the same keys.
    const { key } = await step(newTree, 0);
    expect((await step(tree, 0)).key).toEqual(key);
  });

  test("a tree of too many nodes is not taken", () => {
    const blank = Buffer.alloc(2 ** 14);
    const encoded = Buffer.concat([Buffer.of(0x80, 0, 0x40, 0), blank]);
    expect(() => decodeRatchetTree(encoded, 0)).toThrow("too many nodes");
  });

  test("a map from number to name is made once", () => {
    let reads = 0;
    const kinds = new Proxy(
      { one: 1, two: 2 },
      { ownKeys: (target) => ((reads += 1), Reflect.ownKeys(target)) },
    );
    const nameOf = enumNumberToKey(kinds);
    const made = reads;
    expect([nameOf(2), nameOf(1), nameOf(3)]).toEqual(["two", "one", undefined]);
    expect(reads).toBe(made);
  });
});
