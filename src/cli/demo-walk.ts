// What happens in the demo: three people meet on a server, and each step is shown from both sides.
// Must not know how server and people are put together and taken down, nor how lines are laid out.

import type { ClientEvent, Message } from "../client/events.ts";
import { ciphertextOf } from "./demo-ciphertext.ts";
import { stopped } from "./demo-failure.ts";
import type { DemoPerson } from "./demo-person.ts";
import type { Cell, DemoScreen } from "./demo-screen.ts";
import { longWords, type Search, searchFolder } from "./demo-search.ts";
import type { DemoServer } from "./demo-server.ts";
import { EXIT, Failure } from "./exit.ts";

export interface DemoWorld {
  readonly screen: DemoScreen;
  readonly server: DemoServer;
  readonly address: string;
  readonly link: string;
  readonly fingerprint: string;
  readonly connected: () => number;
  /** Opens somebody's profile, the first time or again. */
  readonly enter: (user: string) => Promise<DemoPerson>;
  /** The folder that holds everything the server keeps. */
  readonly data: string;
}

/** What is written, and then looked for. */
const ASKED = "Are you still stuck on exercise 3? I found the missing bracket.";
const ANSWERED = "Finally! Show me in the library after lunch?";
const WAITED = "Your second draft is better. Please read my remarks on it.";
const TEXTS = [ASKED, ANSWERED, WAITED] as const;

const NAMES = ["prof", "alice", "bob"] as const;
/** Bytes of a ciphertext that are looked for: no two begin alike. */
const PROBE = 32;

/** Goes through all of it. Throws a Failure when a step does not come out as it must. */
export async function walk(world: DemoWorld): Promise<void> {
  const { screen } = world;
  screen.titles("THE PEOPLE SEE", "THE SERVER SEES");
  await opening(world);
  const { prof, alice, bob } = await joining(world);
  await talking(world, alice, bob);
  const back = await waiting(world, prof, alice);
  await comparing(world, back, bob);
  await searching(world);
}

async function opening({ screen, address, link, fingerprint: key }: DemoWorld): Promise<void> {
  await screen.heading("1. The instructor starts the server");
  await screen.row(
    [{ who: "prof", text: "$ classchat serve" }],
    [{ text: `listening on ${address}, TLS 1.3` }, { text: `its key: ${beginning(key)}`, style: "dim" }],
  );
  screen.say("The link to hand out. It names the server, its key, and the secret that lets people in:");
  screen.say(link, "good");
}

async function joining(world: DemoWorld): Promise<Record<(typeof NAMES)[number], DemoPerson>> {
  const { screen, server, enter } = world;
  await screen.heading("2. Three people join with the link");
  const join = async (name: string): Promise<DemoPerson> => {
    const person = await enter(name);
    await screen.row([{ who: name, text: `joined ${person.className}` }], await server.account(name));
    return person;
  };
  const prof = await join("prof");
  const alice = await join("alice");
  const bob = await join("bob");
  await prof.until("that alice is here", presence(alice.name, true));
  await screen.row(
    [{ text: "Each one's private keys stay with them, in a vault that is sealed.", style: "dim" }],
    [{ text: "It holds their public keys, and knows who is there.", style: "dim" }],
  );
  return { prof, alice, bob };
}

/** Picks the news that somebody has come or gone. Who comes and goes in one moment is not told of at all. */
function presence(name: string, online: boolean) {
  return (event: ClientEvent) =>
    event.type === "presence" && event.name === name && event.online === online ? event : undefined;
}

async function talking({ screen, server }: DemoWorld, alice: DemoPerson, bob: DemoPerson): Promise<void> {
  await screen.heading("3. alice writes to bob, and bob answers");
  for (const [from, to, text] of [
    [alice, bob, ASKED],
    [bob, alice, ANSWERED],
  ] as const) {
    const { id } = await from.face.send(to.name, text);
    await from.reached(id, "accepted");
    await screen.row([writtenCell(from, to.name, text), acceptedCell(from)], await server.news());
    const message = await arrived(to, id);
    await screen.row([readCell(to, message)], []);
    await from.reached(id, "delivered");
    await screen.row([deliveredCell(from)], await server.progress(to.name));
  }
}

/** Answers alice as she is after her return. */
async function waiting(world: DemoWorld, prof: DemoPerson, alice: DemoPerson): Promise<DemoPerson> {
  const { screen, server, enter, connected } = world;
  await screen.heading("4. alice is away when prof writes to her");
  await alice.close();
  await prof.until("that alice has left", presence(alice.name, false));
  await screen.row(
    [
      { who: alice.name, text: "exit" },
      { who: prof.name, text: "* alice has left", style: "dim" },
    ],
    [{ text: `${connected()} of ${NAMES.length} devices connected` }],
  );
  const { id } = await prof.face.send(alice.name, WAITED);
  await prof.reached(id, "accepted");
  await screen.row([writtenCell(prof, alice.name, WAITED), acceptedCell(prof)], await server.news());
  await screen.row([], await server.waiting(alice.name));

  await screen.heading("5. alice comes back");
  const back = await enter(alice.name);
  const message = await arrived(back, id);
  if (!message.queued) throw stopped("the message that waited for alice does not say so");
  const count = back.waited === 1 ? "1 message" : `${back.waited} messages`;
  await screen.row([{ who: back.name, text: `* ${count} waited for you`, style: "dim" }], []);
  await screen.row([readCell(back, message)], []);
  await prof.reached(id, "delivered");
  await screen.row(
    [deliveredCell(prof)],
    [...(await server.progress(back.name)), ...(await server.waiting(back.name))],
  );
  return back;
}

async function comparing({ screen }: DemoWorld, alice: DemoPerson, bob: DemoPerson): Promise<void> {
  await screen.heading("6. Is it really bob? They compare their safety number");
  const [hers, his] = [await safetyNumber(alice, bob.name), await safetyNumber(bob, alice.name)];
  if (hers !== his) {
    const hint = "do not use this copy of classchat: somebody may stand between the two, or it is damaged";
    throw new Failure(EXIT.untrusted, { line: "the safety number is not the same on both sides", hint });
  }
  await screen.row(
    [
      { who: alice.name, text: beginning(hers) },
      { who: bob.name, text: beginning(his) },
    ],
    [{ text: "two look-ups of public keys" }],
  );
  await screen.row(
    [{ text: "The same on both sides: all 60 digits.", style: "good" }],
    [{ text: "Had it handed out keys of its own, the two numbers would differ.", style: "dim" }],
  );
}

async function searching({ screen, server, data }: DemoWorld): Promise<void> {
  await screen.heading("7. Everything the server keeps is searched for what was said");
  const plain = [...TEXTS, ...new Set(TEXTS.flatMap(longWords))];
  const sealed = server.messages.map((entry) => ciphertextOf(entry).slice(0, PROBE));
  const needles = [...[...plain, ...NAMES].map((text) => new Uint8Array(Buffer.from(text))), ...sealed];
  const search = searchFolder(data, needles);
  const occurrences = search.counts.slice(0, plain.length).reduce((sum, count) => sum + count, 0);
  const names = found(search, plain.length, NAMES.length);
  const ciphertexts = found(search, plain.length + NAMES.length, sealed.length);
  await screen.row(
    [
      { text: `the ${TEXTS.length} messages, and ${plain.length - TEXTS.length} words of them:` },
      { text: `found ${occurrences} times`, style: occurrences === 0 ? "good" : "alarm" },
    ],
    search.files.map(({ name, bytes }) => ({ text: `${name} · ${Math.ceil(bytes / 1024)} KiB` })),
  );
  await screen.row(
    [
      { text: "the same search, for what must be there:" },
      { text: `found ${ciphertexts} of ${sealed.length} ciphertexts, ${names} of ${NAMES.length} names` },
    ],
    [{ text: "It knows who is in the class, who writes to whom, when, and about how much.", style: "dim" }],
  );
  if (occurrences > 0) {
    const hint = "do not use this copy of classchat, and report it: this must never happen";
    throw new Failure(EXIT.failed, { line: "the server's files hold what was said", hint });
  }
  if (sealed.length < TEXTS.length || ciphertexts < sealed.length || names < NAMES.length) {
    throw stopped("the search did not find what must be there, and so proves nothing");
  }
}

/** How many of the `length` needles from `first` on occur at all. */
function found({ counts }: Search, first: number, length: number): number {
  return counts.slice(first, first + length).filter((count) => count > 0).length;
}

async function safetyNumber(person: DemoPerson, other: string): Promise<string> {
  const asked = await person.face.verify(other);
  if (!asked.ok) throw stopped(`${person.name} cannot look up the key of ${other}`);
  return asked.value.safetyNumber;
}

function arrived(person: DemoPerson, id: string): Promise<Message> {
  return person.until("of a message", (event) =>
    event.type === "message" && event.message.id === id ? event.message : undefined,
  );
}

function writtenCell({ name }: DemoPerson, to: string, text: string): Cell {
  return { who: name, text: `to ${to}: ${text}` };
}

function acceptedCell({ name }: DemoPerson): Cell {
  return { who: name, text: "· accepted", style: "dim" };
}

function deliveredCell({ name }: DemoPerson): Cell {
  return { who: name, text: "✓ delivered", style: "good" };
}

function readCell({ name }: DemoPerson, { sender, text, sentAt, queued }: Message): Cell {
  const when = queued ? ` (sent ${timeOfDay(sentAt)}, while you were away)` : "";
  return { who: name, text: `${sender}${when}: ${text}` };
}

/** The first four groups of a fingerprint or a safety number. */
function beginning(groups: string): string {
  return `${groups.split(" ").slice(0, 4).join(" ")} …`;
}

/** `14:02:31`, here. */
function timeOfDay(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}
