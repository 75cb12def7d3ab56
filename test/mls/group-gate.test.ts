// What dishonest peers can put into the commits of a group.

import { describe, expect, test } from "bun:test";
import type { ClientState, Extension, Proposal } from "ts-mls";
import { MAX_RULES } from "../../src/domain/group-rules.ts";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { createConversation } from "../../src/mls/conversation.ts";
import { joinExternally } from "../../src/mls/external.ts";
import { type Epoch, inspectCommit, inspectProposals } from "../../src/mls/gate.ts";
import { generate } from "../../src/mls/key-package.ts";
import { leaveStatement } from "../../src/mls/leaving.ts";
import { RULES_EXTENSION } from "../../src/mls/rules-extension.ts";
import { conceal, type Conversation, groupInfo, ownLeaf, reveal } from "../../src/mls/state.ts";
import {
  adding,
  changingContext,
  forgeCommit,
  forgeExternal,
  proposalsOf,
  resign,
  takenWithoutGate,
  twisted,
  withoutRules,
} from "./evil.ts";
import { GROUP_ID, group, NOW, type Person, person, RULES, ruledGroup, taken, utf8 } from "./people.ts";

const anyone = () => true;
const NONE = new Uint8Array();
const rules = (extensionData: Uint8Array): Extension => ({ extensionType: RULES_EXTENSION, extensionData });
const other: Extension = { extensionType: "application_id", extensionData: utf8("x") };

async function trio() {
  const people = ["alice", "bob", "carol"].map((name) => person(name)) as [Person, Person, Person];
  return { people, states: (await ruledGroup(people)) as [Conversation, Conversation, Conversation] };
}

async function refusal(at: Conversation, bytes: Uint8Array): Promise<string> {
  const outcome = await processCommit(at, bytes, anyone);
  return outcome.ok ? "taken" : outcome.refused;
}

const listed = (proposals: Proposal[]) =>
  proposals.map((proposal) => ({ proposalOrRefType: "proposal" as const, proposal }));

/** What the gate says of these proposals by a member, or from outside. */
function ofProposals(at: Conversation, committer: number | "external", proposals: Proposal[]): string {
  const outcome = inspectProposals(reveal(at).state, committer, listed(proposals));
  return outcome.ok ? "taken" : outcome.refused;
}

describe("the rules of a group", () => {
  const contexts: [string, Extension[]][] = [
    ["nothing", []],
    ["an extension of another kind", [other]],
    ["rules and something beside them", [rules(RULES), other]],
    ["rules twice", [rules(RULES), rules(RULES)]],
    ["empty rules", [rules(NONE)]],
    ["rules too long", [rules(new Uint8Array(MAX_RULES + 1))]],
  ];
  for (const [what, extensions] of contexts) {
    test(`are not replaced by ${what}`, async () => {
      const {
        states: [alice, bob],
      } = await trio();
      const forged = await forgeCommit(bob, [changingContext(extensions)]);
      expect(await takenWithoutGate(alice, forged.commit)).toBe(true);
      expect(await refusal(alice, forged.commit)).toBe("forbidden");
    });
  }

  test("are at most 16 KiB, and those are taken", async () => {
    const {
      people: [a],
      states: [alice, bob],
    } = await trio();
    const longest = new Uint8Array(MAX_RULES).fill(1);
    const made = taken(await commit(bob, { rules: longest, now: NOW }));
    expect(await refusal(alice, made.commit)).toBe("taken");
    for (const bad of [NONE, new Uint8Array(MAX_RULES + 1)]) {
      await expect(commit(bob, { rules: bad, now: NOW })).rejects.toThrow(RangeError);
      const beginning = { id: GROUP_ID, keyPackages: [], now: NOW, rules: bad };
      await expect(createConversation(a.mls, a.device, beginning)).rejects.toThrow(RangeError);
    }
  });

  test("are changed once in a commit, and by a commit with a path", async () => {
    const {
      states: [alice],
    } = await trio();
    const change = changingContext([rules(utf8("new"))]);
    expect(ofProposals(alice, 1, [change])).toBe("taken");
    expect(ofProposals(alice, 1, [change, change])).toBe("forbidden");
    const dave = person("dave");
    const add = adding((await generate(dave.mls, dave.device, NOW, false)).publicPackage);
    const pathless = (...proposals: Proposal[]) => {
      const content = { commit: { proposals: listed(proposals), path: undefined }, authenticatedData: NONE };
      const outcome = inspectCommit(reveal(alice).state, 1, content, anyone);
      return outcome.ok ? "taken" : outcome.refused;
    };
    expect(pathless(add)).toBe("taken");
    expect(pathless(change)).toBe("malformed");
    expect(pathless(add, change)).toBe("malformed");
  });

  test("are not changed from outside", async () => {
    const {
      states: [alice],
    } = await trio();
    const eve = person("eve");
    const fine = await forgeExternal(eve, alice, undefined);
    const proposals = [...proposalsOf(fine), changingContext([rules(utf8("eve's"))])];
    expect(await refusal(alice, await resign(eve, alice, fine, proposals))).toBe("forbidden");
  });

  test("are not brought into a direct conversation", async () => {
    const [alice, bob] = (await group([person("alice"), person("bob")])) as [Conversation, Conversation];
    const forged = await forgeCommit(bob, [changingContext([rules(RULES)])]);
    expect(await takenWithoutGate(alice, forged.commit)).toBe(true);
    expect(await refusal(alice, forged.commit)).toBe("forbidden");
    expect(await commit(alice, { rules: RULES, now: NOW })).toEqual({ ok: false, refused: "forbidden" });
  });

  test("stand alone in a context, or it is not joined", async () => {
    const {
      states: [alice],
    } = await trio();
    const eve = person("eve");
    for (const extensions of [[other], [rules(RULES), other], [rules(NONE)]]) {
      const forged = await forgeCommit(alice, [changingContext(extensions)]);
      const info = await groupInfo(conceal({ ...reveal(alice), state: forged.after }));
      const join = { id: GROUP_ID, groupInfo: info, resync: false, now: NOW };
      expect(await joinExternally(eve.mls, eve.device, join)).toEqual({ ok: false, refused: "unsupported" });
    }
  });
});

describe("a group's members", () => {
  test("know its rules' extension: no package that does not is added", async () => {
    const {
      states: [alice],
    } = await trio();
    const dave = person("dave");
    const { publicPackage } = await generate(dave.mls, dave.device, NOW, false);
    const old = await twisted(dave, { leaf: withoutRules(publicPackage.leafNode) });
    expect(ofProposals(alice, 1, [adding(publicPackage)])).toBe("taken");
    expect(ofProposals(alice, 1, [adding(old)])).toBe("unsupported");
  });

  test("do not give that up by a commit", async () => {
    const {
      states: [alice, bob],
    } = await trio();
    const twist = (state: ClientState) => {
      const at = 2 * state.privatePath.leafIndex;
      const node = state.ratchetTree[at];
      if (node?.nodeType !== "leaf") throw new Error("no leaf");
      const leaf = { ...node.leaf, ...withoutRules(node.leaf) };
      return { ...state, ratchetTree: state.ratchetTree.with(at, { nodeType: "leaf", leaf }) };
    };
    const forged = await forgeCommit(bob, [], { twist });
    expect(await takenWithoutGate(alice, forged.commit)).toBe(true);
    expect(await refusal(alice, forged.commit)).toBe("unsupported");
  });

  test("are no more than can be saved and sent", async () => {
    const {
      states: [alice],
    } = await trio();
    const { ratchetTree, groupContext } = reveal(alice).state;
    const full = (leaves: number): Epoch => ({
      ratchetTree: Array.from({ length: 4095 }, (_, at) =>
        at % 2 === 0 && at < 2 * leaves ? ratchetTree[0] : undefined,
      ),
      groupContext,
    });
    const dave = person("dave");
    const add = listed([adding((await generate(dave.mls, dave.device, NOW, false)).publicPackage)]);
    const remove = listed([{ proposalType: "remove", remove: { removed: 5 } }]);
    expect(inspectProposals(full(2047), 0, add).ok).toBe(true);
    expect(inspectProposals(full(2048), 0, add)).toEqual({ ok: false, refused: "too-large" });
    expect(inspectProposals(full(2048), 0, [...remove, ...add]).ok).toBe(true);
    const enter = listed([
      { proposalType: "external_init", externalInit: { kemOutput: new Uint8Array(32) } },
    ]);
    expect(inspectProposals(full(2048), "external", enter)).toEqual({ ok: false, refused: "too-large" });
  });

  test("are not removed by who lets itself in, whatever statement it shows", async () => {
    const {
      people: [, , c],
      states: [alice, , carol],
    } = await trio();
    const eve = person("eve");
    const victim = ownLeaf(carol);
    const fine = await forgeExternal(eve, alice, victim);
    const shown = { ...fine.content, authenticatedData: leaveStatement(carol, c.device) };
    if (shown.contentType !== "commit") throw new Error("no commit");
    const { state } = reveal(alice);
    expect(inspectCommit(state, "external", shown, anyone)).toEqual({
      ok: false,
      refused: "forbidden-removal",
    });
    const alone = { ...shown, commit: { ...shown.commit, proposals: shown.commit.proposals.slice(1) } };
    expect(taken(inspectCommit(state, "external", alone, anyone)).change.leaving).toEqual([]);
  });
});
