// Three people of one class under load, to one another and in a group of theirs, and kill -9 of the server and of their processes at random moments, over and
// over; then whether all that they were told is true. Must not know how the program keeps it.

import { Chance } from "../../sim/simulation/chance.ts";
import type { Running } from "./running.ts";
import { holderGone, isInOrder, killed, said, Screen, textOf, whole } from "./screen.ts";
import { type Person, type Serving, type Shown, succeeded, World } from "./world.ts";

export interface Rounds {
  readonly kills: number;
  /** Messages that somebody has in the end. */
  readonly messages: number;
  /** Of these, how many their writer was told accepted, and how many kept and nothing more. */
  readonly accepted: number;
  readonly kept: number;
  /** What is not as it was promised. */
  readonly broken: readonly string[];
}

/** What is killed: the server, the program somebody writes with, or the one that shows what comes. */
type Victim = "server" | "server and chat" | "chat" | "send" | "receive of bob" | "receive of carol";

const VICTIMS: readonly Victim[] = [
  "server",
  "server and chat",
  "chat",
  "send",
  "receive of bob",
  "receive of carol",
];
/** Between them lie starting up, meeting the server, sending and ending of the load of a round, ms. */
const LATEST_KILL = 500;
const LONGEST_AWAY = 300;
const CHAT_LINES = 16;
/** A line of the chat about a message of one's own, and which. */
const OWN_LINE = /\b(?:to|for) @?\w+: "?(\w+-\w+-\d+)\b/;
/** The group that all are in. */
const ALL = { name: "all", address: "@all" };

/** Rounds in one class. What is drawn follows from the seed; when exactly it falls is the machine's. */
export async function killRounds(
  seed: string,
  count: number,
  say: (line: string) => void = () => undefined,
): Promise<Rounds> {
  await using world = new World();
  const server = await world.serve();
  const people = await world.people(server, "alice", "bob", "carol");
  for (const [i, { name, home }] of people.entries())
    succeeded(
      await world.run(["groups", i === 0 ? "create" : "join", ALL.name, "--user", name, "--home", home]),
    );
  const school = new School(world, new Chance(seed), server, people);
  for (let n = 1; n <= count; n++) say(`round ${n}: ${(await school.round()).join(", ")}`);
  return await school.close(); // before the class is taken down
}

type Trio = readonly [Person, Person, Person];
/** Where somebody writes. */
type Addressee = Pick<Person, "name"> | typeof ALL;

class School {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #broken: string[] = [];
  /** The texts that their writers were told accepted, or at least kept. */
  readonly #accepted = new Set<string>();
  readonly #kept = new Set<string>();
  readonly #people: Trio;
  readonly #screens: readonly Screen[];
  #server: Serving;
  #written = 0;
  #chat: Running | undefined;
  #send: Running | undefined;
  #kills = 0;

  constructor(world: World, chance: Chance, server: Serving, people: Trio) {
    this.#world = world;
    this.#chance = chance;
    this.#server = server;
    this.#people = people;
    const [, bob, carol] = people;
    this.#screens = [new Screen(bob), new Screen(carol)];
  }

  /** All write at once, and one or two of the processes are killed and started again. Answers what was killed. */
  async round(): Promise<string[]> {
    for (const screen of this.#screens) screen.start();
    const first = this.#chance.pick(VICTIMS);
    const second = this.#chance.pick(VICTIMS);
    const victims = first.startsWith("server") && second.startsWith("server") ? [first] : [first, second];
    const moments = [...new Set(victims)].map((victim) => ({
      victim,
      at: this.#chance.below(LATEST_KILL),
      away: this.#chance.below(LONGEST_AWAY),
    }));
    const [alice, bob, carol] = this.#people;
    const hit: string[] = [];
    await Promise.all([
      this.#chatting(alice),
      this.#sending(bob, 2),
      this.#sending(carol, 1),
      ...moments.map(async ({ victim, at, away }) => {
        await Bun.sleep(at); // no wait for anything: the moment is what is tried
        if (await this.#kill(victim, away)) hit.push(`${victim} at ${at} ms`);
      }),
    ]);
    this.#kills += hit.length;
    if (victims.some((victim) => victim.startsWith("server"))) await this.#without(alice);
    return hit;
  }

  /** Nothing is killed any more: what is still on its way arrives, and all is compared. */
  async close(): Promise<Rounds> {
    for (const screen of this.#screens) await screen.stop();
    const people = this.#people;
    // What is kept goes out before what is written later.
    for (const from of people)
      for (const to of [...people, ALL]) if (from !== to) await this.#write(from, to, "30");
    for (const person of people) {
      const texts = await received(person); // those that have no screen fetch it, too
      this.#screenOf(person)?.shows(texts, "in order");
    }
    let messages = 0;
    for (const from of people)
      for (const to of people) if (from !== to) messages += await this.#compare(from, to);
    messages += await this.#compareAll();
    for (const screen of this.#screens) this.#broken.push(...screen.broken);
    const kept = this.#kept.difference(this.#accepted).size;
    return { kills: this.#kills, messages, accepted: this.#accepted.size, kept, broken: this.#broken };
  }

  /** A text of which there is no other, with a number that is higher than those of all earlier ones. */
  #text(from: Person, to: Addressee): string {
    this.#written += 1;
    return `${from.name}-${to.name}-${this.#written}`;
  }

  #other(than: Person): Addressee {
    return this.#chance.pick([...this.#people.filter((person) => person !== than), ALL]);
  }

  /** One chat that is fed all at once and ends when all of it is accepted, or known to be kept. */
  async #chatting(from: Person): Promise<void> {
    const lines = Array.from({ length: CHAT_LINES }, () => {
      const to = this.#other(from);
      return { to, text: this.#text(from, to) };
    });
    this.#chat = from.start("chat");
    await this.#chat.feed(lines.map(({ to, text }) => `/msg ${addressOf(to)} ${text}\n`).join(""));
    const ended = await this.#chat.ended;
    for (const line of whole(ended.stdout)) {
      const text = OWN_LINE.exec(line)?.[1];
      if (text === undefined || line.includes("NOT kept")) continue;
      if (line.includes("kept here")) this.#kept.add(text);
      else if (/accepted|delivered/.test(line)) this.#accepted.add(text);
      else this.#broken.push(`chat says: ${line}`);
    }
    if (ended.code === 0) for (const { text } of lines) this.#accepted.add(text);
    else if (ended.code !== 75 && ended.code !== "SIGKILL") this.#broken.push(`chat: ${said(ended)}`);
  }

  async #sending(from: Person, count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.#write(from, this.#other(from));
  }

  async #write(from: Person, to: Addressee, timeout?: string): Promise<void> {
    const text = this.#text(from, to);
    const patience = timeout === undefined ? [] : ["--timeout", timeout];
    this.#send = from.start("send", "--to", addressOf(to), "--json", ...patience, "--", text);
    const ended = await this.#send.ended;
    if (ended.code === 0) this.#accepted.add(text);
    else if (ended.code === 75) this.#kept.add(text);
    else if (ended.code !== "SIGKILL" && !holderGone(ended)) this.#broken.push(`send: ${said(ended)}`);
    if (timeout !== undefined) succeeded(ended);
  }

  /** Whether there was something to kill. What has to run is started again, the server after it was away for a while. */
  async #kill(victim: Victim, away: number): Promise<boolean> {
    switch (victim) {
      case "server":
      case "server and chat": {
        const { process, port } = this.#server;
        // Both at once, and in the midst of what is accepted: nobody is left who could say it again.
        if (victim === "server and chat") await accepting(this.#chat);
        await Promise.all([killed(process), victim === "server" ? false : killed(this.#chat)]);
        await Bun.sleep(away); // for this long there is none
        this.#server = await this.#world.serve({ port });
        return true;
      }
      case "chat":
        return killed(this.#chat);
      case "send":
        return killed(this.#send);
      case "receive of bob":
      case "receive of carol": {
        const screen = this.#screens.find(({ person }) => victim.endsWith(` ${person.name}`));
        const hit = (await screen?.kill()) ?? false;
        screen?.start();
        return hit;
      }
    }
  }

  /** What somebody was told accepted is with the others, though this person has not come back since. */
  async #without(writer: Person): Promise<void> {
    for (const screen of this.#screens) {
      const { person } = screen;
      await screen.stop();
      screen.shows(await received(person), "in order");
      for (const [told, where] of [
        [between(writer, person, this.#accepted), writer],
        [between(writer, ALL, this.#accepted), ALL],
      ] as const) {
        const lost = told.difference(new Set((await conversation(person, where)).map(textOf)));
        if (lost.size > 0)
          this.#broken.push(`${writer.name} away, ${person.name} does not have: ${[...lost].join()}`);
      }
    }
  }

  /** What one wrote to the other, in the memory of both. Answers how many messages that is. */
  async #compare(from: Person, to: Person): Promise<number> {
    const [mine, theirs] = await Promise.all([conversation(from, to), conversation(to, from)]);
    const which = `${from.name} to ${to.name}`;
    const [here, there] = [mine.map(textOf), theirs.map(textOf)];
    const at = here.findIndex((text, i) => text !== there[i]);
    if (at !== -1 || here.length !== there.length)
      this.#broken.push(`${which}: not the same from [${at}]: ${here.at(at)} and ${there.at(at)}`);
    const written = mine.filter(({ own }) => own === true);
    for (const { text, state } of written)
      if (state !== "accepted" && state !== "delivered")
        this.#broken.push(`${which}: ${String(text)} is ${String(state)}`);
    const arrived = theirs.filter(({ own }) => own === false).map(textOf);
    if (!isInOrder(arrived)) this.#broken.push(`${which}: doubled or out of order: ${arrived.join()}`);
    const lost = between(from, to, this.#accepted.union(this.#kept)).difference(new Set(arrived));
    if (lost.size > 0) this.#broken.push(`${which}: lost: ${[...lost].join()}`);
    const unshown = new Set(arrived).difference(this.#screenOf(to)?.shown ?? new Set(arrived));
    if (unshown.size > 0) this.#broken.push(`${which}: never shown: ${[...unshown].join()}`);
    return arrived.length;
  }

  /** What is in the group, in the memory of all three. */
  async #compareAll(): Promise<number> {
    const rows = await Promise.all(this.#people.map((person) => conversation(person, ALL)));
    const [first = [], ...others] = rows.map((one) => one.map(textOf));
    // Who came later has what was said from then on.
    for (const [i, texts] of others.entries()) {
      const at = texts.findIndex((text, n) => text !== first.at(n - texts.length));
      if (at !== -1) this.#broken.push(`all: ${this.#people[i + 1]?.name} has ${texts[at]} at [${at}]`);
    }
    for (const from of this.#people) {
      const theirs = first.filter((text) => text.startsWith(`${from.name}-`));
      if (!isInOrder(theirs)) this.#broken.push(`all: doubled or out of order: ${theirs.join()}`);
      const lost = between(from, ALL, this.#accepted.union(this.#kept)).difference(new Set(theirs));
      if (lost.size > 0) this.#broken.push(`all: lost: ${[...lost].join()}`);
    }
    for (const { own, text, state } of rows.flat())
      if (own === true && state !== "accepted" && state !== "delivered")
        this.#broken.push(`all: ${String(text)} is ${String(state)}`);
    return first.length;
  }

  #screenOf(person: Person): Screen | undefined {
    return this.#screens.find((screen) => screen.person === person);
  }
}

/** Waits for the first messages of a chat to be accepted, unless it ends before that. */
async function accepting(chat: Running | undefined): Promise<void> {
  await Promise.race([chat?.ended, chat?.until(/accepted|delivered/).catch(() => undefined)]);
}

function between(from: Person, to: Addressee, texts: ReadonlySet<string>): Set<string> {
  return new Set([...texts].filter((text) => text.startsWith(`${from.name}-${to.name}-`)));
}

async function conversation(of: Person, other: Addressee): Promise<Shown[]> {
  const shown = await of.ask("history", "--with", addressOf(other), "--limit", "1000000");
  return shown.filter(({ type }) => type === "message");
}

/** The texts of what somebody has not seen yet. */
async function received(person: Person): Promise<string[]> {
  return (await person.ask("receive")).filter(({ type }) => type === "message").map(textOf);
}

function addressOf(to: Addressee): string {
  return "address" in to ? to.address : to.name;
}
