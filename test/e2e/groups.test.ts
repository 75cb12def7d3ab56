// A class in one conversation, with the executable on real terminals: an instructor and three students.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import type { ChatTerminal } from "./support/terminal.ts";
import { type Person, type Serving, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

let world: World;
let server: Serving;
let instructor: Person;
let students: [Person, Person, Person];
beforeEach(async () => {
  world = new World();
  server = await world.serve();
  let one: Person, two: Person, three: Person;
  [instructor, one, two, three] = await world.people(
    server,
    "instructor",
    "student1",
    "student2",
    "student3",
  );
  students = [one, two, three];
});
afterEach(() => world[Symbol.asyncDispose]());

async function chat(person: Person): Promise<ChatTerminal> {
  const terminal = world.terminal(person.args("chat", "--plain"), { columns: 100, rows: 40 });
  await terminal.row(new RegExp(`^You are ${person.name}\\b`));
  await terminal.row(/^\* (here now: |nobody else is here now)/);
  return terminal;
}

/** `classchat groups …` of a person. */
function groups(person: Person, ...args: readonly string[]): ReturnType<Person["run"]> {
  return world.run(["groups", ...args, "--home", person.home, "--user", person.name]);
}

const has = (terminal: ChatTerminal, text: string) => terminal.rows.some((row) => row.includes(text));

test("a class: made, joined, written to, asked in, answered aside, left", async () => {
  const desk = await chat(instructor);
  desk.press("/create class2024\r");
  await desk.until(() => desk.beforeCursor === "@class2024> ");
  const seats: ChatTerminal[] = [];
  for (const [n, student] of students.entries()) {
    const seat = await chat(student);
    seat.press("/join class2024\r");
    await seat.until(() => seat.beforeCursor === "@class2024> ");
    await desk.row(new RegExp(`^\\* student${n + 1} joined @class2024$`));
    seats.push(seat);
  }
  const [one, two, three] = seats;
  if (one === undefined || two === undefined || three === undefined) throw new Error("seats");
  two.press("/groups\r");
  await two.row(/@class2024 +4\b/);
  two.press("/members\r");
  await two.row(/^ *instructor +admin/);
  for (const student of students) await two.row(new RegExp(`^ *${student.name}\\b`));

  desk.press("Assignment 3 is due next Friday!\r");
  for (const seat of seats) await seat.row(/@class2024 instructor: Assignment 3 is due next Friday!$/);
  await desk.row(/Assignment 3 is due next Friday! {2}✓ delivered 3 of 3/);
  one.press("Can we use Python for the assignment?\r");
  for (const seat of [desk, two, three])
    await seat.row(/@class2024 student1: Can we use Python for the assignment\?$/);
  desk.press("/msg student1 Yes, Python is fine.\r");
  await one.row(/^\d\d:\d\d instructor: Yes, Python is fine\.$/);
  expect(has(two, "Python is fine")).toBe(false);

  one.press("/leave class2024\r");
  await two.row(/^\* student1 left @class2024$/);
  desk.press("@class2024 Now for the others\r");
  await two.row(/@class2024 instructor: Now for the others$/);
  await three.row(/@class2024 instructor: Now for the others$/);
  await desk.row(/Now for the others {2}✓ delivered 2 of 2/);
  one.press("/users\r");
  await one.row(/^ *student3\b/);
  expect(has(one, "Now for the others")).toBe(false);
  one.press("exit\r");
  await one.ended;
  expect(await students[0].texts()).toEqual([]);
});

test("from scripts: who is away gets it later, and the sender sees how many have it", async () => {
  const [one, two] = students;
  succeeded(await groups(instructor, "create", "lab"));
  // Nobody is online: whoever comes lets themselves in.
  succeeded(await groups(one, "join", "lab"));
  succeeded(await groups(two, "join", "@lab"));
  expect(await instructor.send("@lab", "bring a laptop")).toMatchObject({
    state: "accepted",
    delivered: 0,
    of: 2,
  });
  expect(await one.texts()).toEqual(expect.arrayContaining(["bring a laptop"]));
  expect(await instructor.ask("history", "--with", "@lab")).toEqual(
    expect.arrayContaining([expect.objectContaining({ text: "bring a laptop" })]),
  );
  const [waiting] = (await two.ask("receive")).filter(({ type }) => type === "message");
  expect(waiting).toMatchObject({
    conversation: "@lab",
    sender: "instructor",
    text: "bring a laptop",
    queued: true,
  });
  const [group] = await two.ask("groups");
  expect(group).toMatchObject({ type: "group", name: "@lab", size: 3, open: true, mine: "member" });
  succeeded(await groups(two, "leave", "lab"));
  await instructor.follow();
  await instructor.send("@lab", "who is left?");
  expect(await two.texts()).toEqual([]);
});

test("what cannot be is told in one line, with the exit code for it", async () => {
  const [one, two] = students;
  const line = async (code: number, person: Person, ...args: string[]) => {
    const ended = await world.run([...args, "--home", person.home, "--user", person.name]);
    expect([args.join(" "), ended.code]).toEqual([args.join(" "), code]);
    expect(ended.stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    return ended.stderr;
  };
  succeeded(await groups(instructor, "create", "news", "--announcement"));
  succeeded(await groups(instructor, "create", "staff", "--private"));
  await line(5, one, "groups", "join", "nowhere");
  await line(5, one, "groups", "create", "news");
  await line(5, one, "groups", "join", "staff");
  await line(1, one, "groups", "leave", "news");
  await line(1, one, "send", "--to", "@news", "may I?");
  succeeded(await groups(one, "join", "news"));
  await line(5, one, "send", "--to", "@news", "may I?");
  await line(5, one, "groups", "rename", "news", "mine");
  await line(5, one, "groups", "add", "news", "nobody-here");
  await line(2, two, "groups", "join", "a b");
  succeeded(await groups(instructor, "add", "staff", "student2"));
  expect((await two.ask("groups")).map(({ name, mine }) => [name, mine])).toEqual([
    ["@news", "no"],
    ["@staff", "member"],
  ]);
});
