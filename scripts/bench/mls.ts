// MLS at class size: ours (native provider, patch, gate) beside ts-mls as published, with its default provider.
// Both in one run, so that the ratios hold on a busy machine. Ours checks credentials and contents besides.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as tsMls from "ts-mls";
import { commit, processCommit } from "../../src/mls/commit.ts";
import { createConversation, joinConversation } from "../../src/mls/conversation.ts";
import { joinExternally } from "../../src/mls/external.ts";
import { generateIdentity, issueCredential, readCredential } from "../../src/mls/identity.ts";
import { type Device, generate, makeKeyPackage } from "../../src/mls/key-package.ts";
import { open, seal } from "../../src/mls/message.ts";
import type { Outcome } from "../../src/mls/outcome.ts";
import { mlsProvider } from "../../src/mls/provider.ts";
import { load, saveGroup, saveRatchet } from "../../src/mls/saved.ts";
import { type Conversation, groupInfo } from "../../src/mls/state.ts";
import { type Options, printTable, quantile } from "./report.ts";

type Library = typeof tsMls;
type Step = () => Promise<unknown>;

/** What is measured, in the order of the table. */
const STEPS = [
  "add all in one commit",
  "join from a Welcome",
  "join from outside",
  "process such a join",
  "own update: create",
  "own update: process",
  "remove one: create",
  "remove one: process",
  "message of 200 B: seal",
  "message of 200 B: open",
] as const;
type Steps = Record<(typeof STEPS)[number], Step>;

const now = Date.now();
const NONE = new Uint8Array();
const TEXT = new Uint8Array(200);
const id = new Uint8Array(24);
const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const mls = mlsProvider(random);

/** Measures and prints the tables: for groups of 2, 30, 100 and 300, or of 2 and 30 alone. */
export async function run({ quick }: Options): Promise<void> {
  const stock = await publishedLibrary();
  if (stock === undefined)
    console.log("ts-mls as published is not measured: the package registry was not reached");
  for (const members of quick ? [2, 30] : [2, 30, 100, 300]) {
    const made = await populated(members);
    const ours = await ourSteps(made);
    const theirs = stock && (await theirSteps(stock, made));
    const rows = [["medians in ms (messages: µs)", "ours", "published", "times faster"]];
    for (const name of STEPS) {
      const unit = name.startsWith("message") ? 1000 : 1;
      const own = (await median(ours[name])) * unit;
      const other = theirs === undefined ? Number.NaN : (await median(theirs[name])) * unit;
      rows.push([name, figure(own), figure(other), figure(other / own)]);
    }
    printTable(`MLS, ${members} members`, [...rows, ...(await sizes(made))]);
  }
  const device = person();
  printTable("MLS, one by one, µs", [
    [
      "make a KeyPackage",
      figure(1000 * (await median(() => makeKeyPackage(mls, device, { now, lastResort: false })))),
    ],
    [
      "check a credential never seen (@noble/curves)",
      figure(1000 * (await median(async () => readCredential(device.credential)))),
    ],
  ]);
}

function figure(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(value < 10 ? 2 : 0);
}

/** ms; at least 3 runs, then until 300 ms have passed or 1000 were made. */
async function median(step: Step): Promise<number> {
  const times: number[] = [];
  for (let spent = 0; times.length < 3 || (spent < 300 && times.length < 1000);) {
    const start = performance.now();
    await step();
    const time = performance.now() - start;
    times.push(time);
    spent += time;
  }
  return quantile(times, 0.5);
}

function taken<T>(outcome: Outcome<T>): { readonly ok: true } & T {
  if (!outcome.ok) throw new Error(`refused: ${outcome.refused}`);
  return outcome;
}

let people = 0;
function person(): Device {
  const [identity, device, signature] = [
    generateIdentity(random),
    generateIdentity(random),
    generateIdentity(random),
  ];
  const subject = { name: `user${people++}`, device: device.public, signatureKey: signature.public };
  return { credential: issueCredential(identity, subject), signatureSecret: signature.secret };
}

interface Populated {
  readonly devices: readonly Device[];
  readonly packages: readonly Uint8Array[];
  readonly creator: Conversation;
}

/** A group in which every parent of the tree has a key, as after a term of updates. */
async function populated(members: number): Promise<Populated> {
  const devices = Array.from({ length: members }, person);
  const [first, ...others] = devices;
  if (first === undefined) throw new Error("nobody");
  const packages: Uint8Array[] = [];
  for (const device of others)
    packages.push((await makeKeyPackage(mls, device, { now, lastResort: false })).public);
  let creator = taken(await createConversation(mls, first, { id, keyPackages: packages, now })).conversation;
  for (const [at, device] of others.entries()) {
    if (at % 2 === 0) continue;
    const info = await groupInfo(creator);
    const back = taken(await joinExternally(mls, device, { id, groupInfo: info, resync: true, now }));
    creator = taken(await processCommit(creator, back.commit)).conversation;
  }
  return { devices, packages, creator: taken(await commit(creator, { now })).pending };
}

async function ourSteps({ devices, packages, creator }: Populated): Promise<Steps> {
  const [first] = devices;
  if (first === undefined) throw new Error("nobody");
  const joiner = person();
  const keyPackage = await makeKeyPackage(mls, joiner, { now, lastResort: false });
  const added = taken(await commit(creator, { add: [keyPackage.public], now }));
  const invitation = { id, welcome: added.welcomes[0] ?? NONE, keyPackage };
  const own = added.pending;
  const other = taken(await joinConversation(mls, joiner, invitation)).conversation;
  const outsider = person();
  const outside = { id, groupInfo: await groupInfo(own), resync: false, now };
  const external = taken(await joinExternally(mls, outsider, outside));
  const update = taken(await commit(own, { now }));
  const removal = taken(await commit(own, { remove: [1], now }));
  const { message } = await seal(own, TEXT, NONE);
  return {
    "add all in one commit": () => createConversation(mls, first, { id, keyPackages: packages, now }),
    "join from a Welcome": async () => taken(await joinConversation(mls, joiner, invitation)),
    "join from outside": async () => taken(await joinExternally(mls, outsider, outside)),
    "process such a join": async () => taken(await processCommit(other, external.commit, () => true)),
    "own update: create": () => commit(own, { now }),
    "own update: process": async () => taken(await processCommit(other, update.commit)),
    "remove one: create": () => commit(own, { remove: [1], now }),
    "remove one: process": async () => taken(await processCommit(other, removal.commit)),
    "message of 200 B: seal": () => seal(own, TEXT, NONE),
    "message of 200 B: open": async () => taken(await open(other, message)),
  };
}

/** The same steps in ts-mls alone. Its two members are let into the group that ours has populated. */
async function theirSteps(ts: Library, { devices, packages, creator }: Populated): Promise<Steps> {
  const cs = await ts.getCiphersuiteImpl(
    ts.getCiphersuiteFromName("MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"),
  );
  const generated = (device: Device) => generate(mls, device, now, false);
  const bytes = (keyPackage: tsMls.KeyPackage) =>
    ts.encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage });
  const decode = (message: Uint8Array) => ts.decodeMlsMessage(message, 0)?.[0];
  const [a, b, outsider] = await Promise.all([person(), person(), person()].map(generated));
  const [first] = devices;
  if (a === undefined || b === undefined || outsider === undefined || first === undefined)
    throw new Error("nobody");
  const added = taken(await commit(creator, { add: [bytes(a.publicPackage), bytes(b.publicPackage)], now }));
  const enter = (who: typeof a, welcome: Uint8Array = NONE) => {
    const message = decode(welcome);
    if (message?.wireformat !== "mls_welcome") throw new Error("no Welcome");
    return ts.joinGroup(message.welcome, who.publicPackage, who.privatePackage, ts.emptyPskIndex, cs);
  };
  const [own, other] = [await enter(a, added.welcomes[0]), await enter(b, added.welcomes[1])];
  const info = await groupInfo(added.pending);
  const outside = () => {
    const message = decode(info);
    if (message?.wireformat !== "mls_group_info") throw new Error("no GroupInfo");
    return ts.joinGroupExternal(
      message.groupInfo,
      outsider.publicPackage,
      outsider.privatePackage,
      false,
      cs,
    );
  };
  const change = async (extraProposals: Parameters<Library["createCommit"]>[1] = {}) => {
    const made = await ts.createCommit(
      { state: own, cipherSuite: cs },
      { ...extraProposals, ratchetTreeExtension: true },
    );
    await ts.createGroupInfoWithExternalPubAndRatchetTree(made.newState, [], cs);
    return ts.encodeMlsMessage(made.commit);
  };
  const remove = () => change({ extraProposals: [{ proposalType: "remove", remove: { removed: 1 } }] });
  const process = async (message: Uint8Array) => {
    const decoded = decode(message);
    if (decoded?.wireformat !== "mls_private_message" && decoded?.wireformat !== "mls_public_message")
      throw new Error("no message");
    return ts.processMessage(decoded, other, ts.emptyPskIndex, ts.acceptAll, cs);
  };
  const { publicMessage } = await outside();
  const external = ts.encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
  const [update, removal] = [await change(), await remove()];
  const { privateMessage } = await ts.createApplicationMessage(own, TEXT, cs);
  const message = ts.encodeMlsMessage({
    version: "mls10",
    wireformat: "mls_private_message",
    privateMessage,
  });
  return {
    "add all in one commit": async () => {
      const { publicPackage, privatePackage } = await generated(first);
      const state = await ts.createGroup(id, publicPackage, privatePackage, [], cs);
      const extraProposals = packages.map((made) => {
        const decoded = decode(made);
        if (decoded?.wireformat !== "mls_key_package") throw new Error("no KeyPackage");
        return { proposalType: "add" as const, add: { keyPackage: decoded.keyPackage } };
      });
      return ts.createCommit({ state, cipherSuite: cs }, { extraProposals, ratchetTreeExtension: true });
    },
    "join from a Welcome": () => enter(b, added.welcomes[1]),
    "join from outside": outside,
    "process such a join": () => process(external),
    "own update: create": () => change(),
    "own update: process": () => process(update),
    "remove one: create": remove,
    "remove one: process": () => process(removal),
    "message of 200 B: seal": () => ts.createApplicationMessage(own, TEXT, cs),
    "message of 200 B: open": () => process(message),
  };
}

/** What a conversation weighs, in KiB, and how long it takes to write it down and to read it. */
async function sizes({ devices: [first], creator }: Populated): Promise<string[][]> {
  if (first === undefined) throw new Error("nobody");
  const { public: joiner } = await makeKeyPackage(mls, person(), { now, lastResort: false });
  const added = taken(await commit(creator, { add: [joiner], now }));
  const update = taken(await commit(added.pending, { now }));
  const { conversation, message } = await seal(added.pending, TEXT, NONE);
  const saved = { group: saveGroup(conversation), ratchet: saveRatchet(conversation) };
  const kib = (part: Uint8Array | undefined) => `${((part?.length ?? 0) / 1024).toFixed(1)} KiB`;
  return [
    [
      "on disk, with each commit",
      figure(await median(async () => saveGroup(conversation))),
      kib(saved.group),
    ],
    [
      "on disk, with each message",
      figure(await median(async () => saveRatchet(conversation))),
      kib(saved.ratchet),
    ],
    ["read again", figure(await median(async () => taken(load(mls, first, saved))))],
    ["Welcome with its tree", "", kib(added.welcomes[0])],
    ["GroupInfo with its tree", "", kib(added.groupInfo)],
    ["commit that adds one", "", kib(added.commit)],
    ["commit that renews keys", "", kib(update.commit)],
    ["message of 200 B", "", kib(message)],
  ];
}

/** ts-mls without our patch, and what its default provider needs for this suite, in a folder of its own. */
async function publishedLibrary(): Promise<Library | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "classchat-bench-mls-"));
  try {
    const dependencies = {
      "ts-mls": "1.6.4",
      "@hpke/chacha20poly1305": "1.8.0",
      "@noble/ciphers": "2.1.1",
      "@noble/curves": "2.0.1",
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
    const install = Bun.spawn([process.execPath, "install", "--silent"], {
      cwd: folder,
      stdout: "ignore",
      stderr: "ignore",
    });
    if ((await install.exited) !== 0) return undefined;
    const library: Library = await import(join(folder, "node_modules/ts-mls/dist/src/index.js"));
    await library.getCiphersuiteImpl(library.getCiphersuiteFromName(mls.name));
    return library;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await run({ quick: process.argv.includes("--quick") });
