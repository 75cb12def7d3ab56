// `classchat users`, `verify` and `trust`: who is in the class, and whose keys are whose.
// Must not know where keys are kept.

import type { Asked, Face, Verification } from "../client/events.ts";
import { parseName } from "../domain/name.ts";
import { printable } from "../domain/text.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { openProfile } from "./open-profile.ts";
import { type Output, output, personObject, verificationLines } from "./output.ts";
import { VERSION } from "./version.ts";
import { settled } from "./waiting.ts";
import { nameText, offlineText, reasonText } from "./wording.ts";

export interface PeopleOptions {
  readonly home?: string | undefined;
  readonly user: string;
  readonly server?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function users(options: PeopleOptions): Promise<ExitCode> {
  return withFace(options, async (face, out) => {
    const status = await settled(face);
    if (status.state === "offline") {
      const said = offlineText(status.cause);
      throw new Failure(said.code, said);
    }
    const people = await valueOf(face, face.users(), "");
    const sorted = people.toSorted(
      (a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name),
    );
    const width = Math.max(...sorted.map(({ name }) => name.length));
    for (const person of sorted) {
      if (out.json) out.object(personObject(person));
      else {
        const { name, online, me, trust } = person;
        const shown = printable(name, { lines: false }).padEnd(width);
        out.print(`${shown}  ${online ? "online " : "offline"}  ${me ? "you" : trustWord(trust)}`.trimEnd());
      }
    }
  });
}

/** Shows the safety number; with `digits` compares it, and with `confirmed` takes the person's word for it. */
export async function verify(
  name: string,
  options: PeopleOptions & { readonly match?: string | undefined; readonly confirmed?: boolean | undefined },
): Promise<ExitCode> {
  return withFace(options, async (face, out) => {
    const wanted = checked(name);
    await settled(face);
    let found = await valueOf(face, face.verify(wanted), wanted);
    if (options.match !== undefined) {
      const digits = (text: string) => text.replace(/\D/g, "");
      if (digits(options.match) !== digits(found.safetyNumber)) {
        const hint =
          "read it out again, from classchat verify on both sides; if it still differs, somebody is in between";
        throw new Failure(EXIT.untrusted, { line: `that is not the safety number with ${found.name}`, hint });
      }
    }
    if (options.match !== undefined || options.confirmed)
      found = await valueOf(face, face.verified(wanted), wanted);
    show(found, out, "verification");
    if (!out.json && found.trust === "pinned") {
      out.note(
        `\nIf ${found.name} sees the same number:  classchat verify ${found.name} --user ${options.user} --confirmed`,
      );
    }
  });
}

/** Accepts a changed key. */
export async function trust(name: string, options: PeopleOptions): Promise<ExitCode> {
  return withFace(options, async (face, out) => {
    const wanted = checked(name);
    await settled(face);
    const before = await valueOf(face, face.verify(wanted), wanted);
    if (before.found === undefined) {
      if (!out.json) out.note(`The key of ${before.name} has not changed; there is nothing to accept.`);
      return show(before, out, "trust");
    }
    const after = await valueOf(face, face.trust(wanted), wanted);
    if (!out.json) {
      out.print(`Accepted for ${printable(after.name, { lines: false })}:`);
      out.print(`  before:  ${before.pinned}`);
      out.print(`  now:     ${after.pinned}`);
      out.note(`To be sure that it is theirs:  classchat verify ${after.name} --user ${options.user}`);
    } else show(after, out, "trust");
  });
}

function show(found: Verification, out: Output, type: "verification" | "trust"): void {
  if (out.json) out.object({ type, ...found });
  else for (const line of verificationLines(found)) out.print(line);
}

async function withFace(
  options: PeopleOptions,
  act: (face: Face, out: Output) => Promise<void>,
): Promise<ExitCode> {
  const out = output(options.json ?? false);
  const { home, user, server } = options;
  const profile = await openProfile({
    home: homeFolder(home),
    user,
    server,
    create: false,
    version: VERSION,
    note: out.note,
  });
  try {
    await act(profile.face, out);
    return EXIT.done;
  } finally {
    await profile.close();
  }
}

function checked(name: string): string {
  const parsed = parseName(name);
  if (!parsed.ok) throw new Failure(EXIT.usage, nameText(parsed.why));
  return parsed.name;
}

async function valueOf<T>(face: Face, asking: Promise<Asked<T>>, name: string): Promise<T> {
  const asked = await asking;
  if (asked.ok) return asked.value;
  const status = await face.status();
  // Why there is no connection says more than that there is none.
  const { code, line, hint } =
    asked.reason === "offline" && status.state === "offline"
      ? offlineText(status.cause)
      : reasonText(asked.reason);
  throw new Failure(code, { line: name === "" ? line : `${name}: ${line}`, hint });
}

function trustWord(trust: string): string {
  return trust === "unknown" ? "" : trust === "changed" ? "KEY CHANGED" : trust;
}
