// `classchat join` without a link: the classes that the local network knows of, and which of them is meant.
// What was found is a hint of where a server is, never of who it is: its key comes from the link, or a person confirms it.

import { createInterface } from "node:readline/promises";
import { isIP } from "node:net";
import type { ServerAddress } from "../client/profile.ts";
import { formatAddress } from "../domain/join-link.ts";
import { fingerprint } from "../mls/safety-number.ts";
import { discover } from "../net/discovery.ts";
import { type FoundClass, isLoopback } from "../net/discovery-records.ts";
import { systemClock } from "../net/system-clock.ts";
import { columns } from "./columns.ts";
import { EXIT, Failure } from "./exit.ts";
import type { Output } from "./output.ts";
import { fromLink } from "./server-address.ts";

/** A server that somebody chose; undefined where there is nobody to choose, and the list was all. */
export async function findServer(out: Output): Promise<ServerAddress | undefined> {
  const { classes, trouble } = await discover({ clock: systemClock });
  if (classes.length === 0) throw nothingFound(trouble);
  const sorted = classes.toSorted((a, b) => a.name.localeCompare(b.name, "en") || a.port - b.port);
  for (const line of listed(sorted)) out.print(line);
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    out.note("join one of them with its link: classchat join LINK --user NAME");
    return undefined;
  }
  return chosen(sorted);
}

/** A row for each class, and a word on names that several have. */
export function listed(classes: readonly FoundClass[]): string[] {
  const rows = columns(
    classes.map((one, i) => [
      String(i + 1),
      one.name,
      addressOf(one),
      `key ${fingerprint(one.key).slice(0, 19)} …`,
    ]),
  );
  const names = classes.map(({ name }) => name);
  const doubled = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  const notes = doubled.map(
    (name) => `several are called ${name}: compare the key with the one on the instructor's screen`,
  );
  return ["Classes on this network, as they call themselves:", ...rows, ...notes];
}

async function chosen(classes: readonly FoundClass[]): Promise<ServerAddress> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const { promise: closed, reject } = Promise.withResolvers<never>();
  const leave = () => {
    process.stdout.write("\n"); // the cursor stands behind the question
    reject(notChosen());
  };
  lines.once("close", leave);
  const ask = (question: string) =>
    Promise.race([lines.question(question), closed]).then((text) => text.trim());
  try {
    const number = await ask(`Which one? [1${classes.length === 1 ? "" : `-${classes.length}`}] `);
    const found = /^[0-9]+$/.test(number) ? classes[Number(number) - 1] : undefined;
    if (found === undefined) throw notChosen();
    if (isHere(found)) return await confirmed(found, "127.0.0.1", ask);
    const link = await ask("Its link (Enter alone if you are in this class already): ");
    return link === "" ? await confirmed(found, found.hosts[0] ?? "", ask) : byLink(found, link);
  } finally {
    lines.off("close", leave);
    lines.close();
  }
}

/** Where a link names a number, the server may have another by now: it is where it was found. */
export function byLink(found: FoundClass, text: string): ServerAddress {
  const link = fromLink(text);
  if (Buffer.compare(link.pin, found.key) !== 0) {
    throw new Failure(EXIT.untrusted, {
      line: `this link belongs to another server than the ${found.name} that was found`,
      hint: "somebody may be using the name; join with the link alone: classchat join LINK",
    });
  }
  const [host] = found.hosts;
  return host === undefined || isIP(link.host) === 0 ? link : { ...link, host, port: found.port };
}

async function confirmed(
  { key, port }: FoundClass,
  host: string,
  ask: (question: string) => Promise<string>,
): Promise<ServerAddress> {
  const answer = await ask(
    `The key it shows:  ${fingerprint(key)}\nIs this the server's key on the instructor's screen? [y/N] `,
  );
  if (/^y(?:es)?$/i.test(answer)) return { host, port, pin: key };
  throw new Failure(EXIT.untrusted, {
    line: "its key was not confirmed",
    hint: "ask the instructor for the link: classchat join LINK",
  });
}

function isHere({ hosts }: FoundClass): boolean {
  return hosts.some(isLoopback);
}

function addressOf(found: FoundClass): string {
  const [host = ""] = found.hosts;
  return `${formatAddress({ host, port: found.port })}${isHere(found) ? " (this machine)" : ""}`;
}

function notChosen(): Failure {
  return new Failure(EXIT.usage, {
    line: "no class was chosen",
    hint: "a number of the list, or classchat join LINK",
  });
}

function nothingFound(trouble: string | undefined): Failure {
  const line =
    trouble === undefined
      ? "no class was found on this network"
      : `the local network could not be asked for classes (${trouble})`;
  return new Failure(EXIT.unreachable, {
    line,
    hint: "ask the instructor for the link: classchat join LINK --user NAME",
  });
}
