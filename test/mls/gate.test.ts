import { describe, expect, test } from "bun:test";
import { createGroupInfoWithExternalPubAndRatchetTree, createProposal, encodeMlsMessage } from "ts-mls";
import type { ClientState, KeyPackage, LeafNode, Proposal } from "ts-mls";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { HANDSHAKE_LIMIT, MESSAGE_LIMIT } from "../../src/mls/decode.ts";
import { joinExternally } from "../../src/mls/external.ts";
import { issueCredential } from "../../src/mls/identity.ts";
import { generate } from "../../src/mls/key-package.ts";
import { open } from "../../src/mls/message.ts";
import { type Conversation, groupInfo, members, reveal } from "../../src/mls/state.ts";
import {
  adding,
  bytesOf,
  forgeCommit,
  forgeExternal,
  proposalsOf,
  publicBytes,
  resign,
  takenWithoutGate,
  twisted,
} from "./evil.ts";
import { GROUP_ID, group, NOW, type Person, person, seededRandom, taken, utf8 } from "./people.ts";
import { ed25519Public } from "../../src/mls/curve25519.ts";

const anyone = () => true;

async function trio() {
  const people = ["alice", "bob", "carol"].map((name) => person(name)) as [Person, Person, Person];
  const states = (await group(people)) as [Conversation, Conversation, Conversation];
  return { people, states };
}

async function refusal(at: Conversation, bytes: Uint8Array): Promise<string> {
  const outcome = await processCommit(at, bytes, anyone);
  return outcome.ok ? "taken" : outcome.refused;
}

describe("from outside", () => {
  test("nobody evicts a member by letting itself in", async () => {
    const {
      states: [alice],
    } = await trio();
    const forged = publicBytes(await forgeExternal(person("eve"), alice, 1));
    expect(await takenWithoutGate(alice, forged)).toBe(true);
    expect(await refusal(alice, forged)).toBe("forbidden-removal");
  });

  test("a removal outside the tree is refused, and does not hang", async () => {
    const {
      states: [alice],
    } = await trio();
    const eve = person("eve");
    const fine = await forgeExternal(eve, alice, undefined);
    for (const removed of [5000, 0xffff_ffff, 3]) {
      const forged = await resign(eve, alice, fine, [
        { proposalType: "remove", remove: { removed } },
        ...proposalsOf(fine),
      ]);
      expect(await refusal(alice, forged)).toBe("no-such-member");
    }
  });

  test("nobody joins under a signature key that is in the tree", async () => {
    const {
      people: [, bob],
      states: [alice],
    } = await trio();
    const device = seededRandom("another device")(32);
    const twin = issueCredential(bob.identity, {
      name: "bob",
      device: ed25519Public(device),
      signatureKey: ed25519Public(bob.device.signatureSecret),
    });
    const forged = publicBytes(
      await forgeExternal({ ...bob, device: { ...bob.device, credential: twin } }, alice, undefined),
    );
    expect(await takenWithoutGate(alice, forged)).toBe(true);
    expect(await refusal(alice, forged)).toBe("duplicate-key");
  });

  test("a device that is in the tree does not join a second time", async () => {
    const {
      people: [, bob],
      states: [alice],
    } = await trio();
    const forged = publicBytes(await forgeExternal(bob, alice, undefined));
    expect(await refusal(alice, forged)).toBe("already-member");
  });

  test("nobody joins under a credential of another signature key", async () => {
    const {
      people: [, bob],
      states: [alice],
    } = await trio();
    const forged = publicBytes(await forgeExternal(person("eve"), alice, 1, bob.device.credential));
    expect(await takenWithoutGate(alice, forged)).toBe(true);
    expect(await refusal(alice, forged)).toBe("credential-mismatch");
  });

  test("coming back needs a former leaf, and joining needs none; neither hangs", async () => {
    const {
      people: [, bob],
      states: [alice],
    } = await trio();
    const info = { id: GROUP_ID, groupInfo: await groupInfo(alice), now: NOW };
    const eve = person("eve");
    expect(await joinExternally(eve.mls, eve.device, { ...info, resync: true })).toEqual({
      ok: false,
      refused: "no-such-member",
    });
    expect(await joinExternally(bob.mls, bob.device, { ...info, resync: false })).toEqual({
      ok: false,
      refused: "already-member",
    });
    expect(await joinExternally(eve.mls, eve.device, { ...info, id: utf8("x"), resync: false })).toEqual({
      ok: false,
      refused: "wrong-group",
    });
  });

  test("a tree that lists an unmerged leaf outside itself is refused, and does not hang", async () => {
    const { states } = await trio();
    const { mls, state } = reveal(taken(await commit(states[0], { now: NOW })).pending);
    const ratchetTree = state.ratchetTree.map((node) =>
      node?.nodeType === "parent" ? { ...node, parent: { ...node.parent, unmergedLeaves: [5000] } } : node,
    );
    const info = await createGroupInfoWithExternalPubAndRatchetTree({ ...state, ratchetTree }, [], mls);
    const forged = encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo: info });
    const eve = person("eve");
    const join = { id: GROUP_ID, groupInfo: forged, resync: false, now: NOW };
    expect(await joinExternally(eve.mls, eve.device, join)).toEqual({ ok: false, refused: "undecryptable" });
  });
});

describe("from a member", () => {
  const renamed = (who: Person, name: string) => (state: ClientState) => {
    const at = 2 * state.privatePath.leafIndex;
    const node = state.ratchetTree[at];
    if (node?.nodeType !== "leaf") throw new Error("no leaf");
    const credential = issueCredential(who.identity, {
      name,
      device: who.identity.public,
      signatureKey: ed25519Public(who.device.signatureSecret),
    });
    const leaf: LeafNode = { ...node.leaf, credential: { credentialType: "basic", identity: credential } };
    return { ...state, ratchetTree: state.ratchetTree.with(at, { nodeType: "leaf", leaf }) };
  };

  test("nobody becomes somebody else by a commit", async () => {
    const {
      people: [, bob],
      states: [alice, atBob],
    } = await trio();
    const forged = await forgeCommit(atBob, [], { twist: renamed(bob, "instructor") });
    expect(await takenWithoutGate(alice, forged.commit)).toBe(true);
    expect(await refusal(alice, forged.commit)).toBe("credential-mismatch");
  });

  test("no credential is taken that another identity key signed", async () => {
    const {
      people: [, bob],
      states: [alice, atBob],
    } = await trio();
    const eve = { ...bob, identity: person("eve").identity };
    const forged = await forgeCommit(atBob, [], { twist: renamed(eve, "bob") });
    expect(await refusal(alice, forged.commit)).toBe("credential-mismatch");
  });

  const kinds: [string, Proposal][] = [
    [
      "a change of the group context",
      {
        proposalType: "group_context_extensions",
        groupContextExtensions: {
          extensions: [{ extensionType: "application_id", extensionData: utf8("x") }],
        },
      },
    ],
    [
      "a new group in its place",
      {
        proposalType: "reinit",
        reinit: {
          groupId: utf8("new"),
          version: "mls10",
          cipherSuite: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
          extensions: [],
        },
      },
    ],
    ["a proposal of no known kind", { proposalType: 0xf000, proposalData: utf8("x") }],
  ];
  for (const [what, proposal] of kinds) {
    test(`${what} is refused`, async () => {
      const {
        states: [alice, bob],
      } = await trio();
      const forged = await forgeCommit(bob, [proposal]);
      expect(await takenWithoutGate(alice, forged.commit)).toBe(true);
      expect(await refusal(alice, forged.commit)).toBe("forbidden");
    });
  }

  test("proposals on their own, and commits in the clear, are refused", async () => {
    const {
      states: [alice, bob],
    } = await trio();
    const { mls, state } = reveal(bob);
    for (const publicly of [true, false]) {
      const made = await createProposal(
        state,
        publicly,
        { proposalType: "remove", remove: { removed: 2 } },
        mls,
      );
      expect(await refusal(alice, encodeMlsMessage(made.message))).toBe("unsupported");
    }
    const forged = await forgeCommit(bob, [], { publicly: true });
    expect(await takenWithoutGate(alice, forged.commit)).toBe(true);
    expect(await refusal(alice, forged.commit)).toBe("unsupported");
  });

  test("nobody is added whose leaf would keep all others from joining or committing", async () => {
    const {
      states: [alice, bob],
    } = await trio();
    const dave = person("dave");
    const tree = reveal(alice).state.ratchetTree;
    const used = tree[0]?.nodeType === "leaf" ? tree[0].leaf.hpkePublicKey : new Uint8Array();
    const own = await generate(dave.mls, dave.device, NOW, false);
    const wide = {
      ...own.publicPackage.leafNode.capabilities,
      proposals: Array.from({ length: 65 }, (_, n) => n + 100),
    };
    const narrow = { ...own.publicPackage.leafNode.capabilities, credentials: [] };
    const cases: [string, KeyPackage, boolean][] = [
      ["duplicate-key", await twisted(dave, { leaf: { hpkePublicKey: used } }), true],
      ["malformed", await twisted(dave, { leaf: { hpkePublicKey: new Uint8Array(32) } }), true],
      ["unsupported", await twisted(dave, { leaf: { capabilities: narrow } }), true],
      ["unsupported", await twisted(dave, { leaf: { capabilities: wide } }), true],
      ["malformed", await twisted(dave, { initKey: Uint8Array.of(1, ...new Uint8Array(31)) }), false],
    ];
    for (const [code, bad, canBeForged] of cases) {
      if (canBeForged) {
        const forged = await forgeCommit(bob, [adding(bad)]);
        expect(await takenWithoutGate(alice, forged.commit)).toBe(true);
        expect(await refusal(alice, forged.commit)).toBe(code);
      }
      expect((await commit(alice, { add: [bytesOf(bad)], now: NOW })).ok).toBe(false);
    }
  });

  test("nobody is added twice, or beside its own device", async () => {
    const {
      people: [, , carol],
      states: [alice, bob],
    } = await trio();
    const dave = person("dave");
    const [first, second] = [
      await generate(dave.mls, dave.device, NOW, false),
      await generate(dave.mls, dave.device, NOW, false),
    ];
    const double = await forgeCommit(bob, [adding(first.publicPackage), adding(second.publicPackage)]);
    expect(await refusal(alice, double.commit)).toBe("already-member");
    const again = await generate(carol.mls, carol.device, NOW, false);
    const beside = await forgeCommit(bob, [adding(again.publicPackage)]);
    expect(await refusal(alice, beside.commit)).toBe("already-member");
  });
});

test("sizes are looked at first", async () => {
  const {
    states: [alice],
  } = await trio();
  expect(await open(alice, new Uint8Array(MESSAGE_LIMIT + 1))).toEqual({ ok: false, refused: "too-large" });
  expect(await processCommit(alice, new Uint8Array(HANDSHAKE_LIMIT + 1))).toEqual({
    ok: false,
    refused: "too-large",
  });
  expect(await open(alice, new Uint8Array())).toEqual({ ok: false, refused: "malformed" });
});

test("a message of another group is told apart", async () => {
  const [alice] = (await group([person("alice"), person("bob")])) as [Conversation];
  const [, other] = (await group([person("alice"), person("bob")], utf8("another group"))) as [
    Conversation,
    Conversation,
  ];
  const made = taken(await commit(other, { now: NOW }));
  expect(await processCommit(alice, made.commit)).toEqual({ ok: false, refused: "wrong-group" });
  expect(members(alice).length).toBe(2);
});
