// `classchat users`, `verify` and `trust`: who is in the class, and whose keys are whose.
// Must not know where keys are kept.

import type { Person, Verification } from "../client/events.ts";
import { printable } from "../domain/text.ts";
import { columns } from "./columns.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { type FaceOptions, valueOf, withFace } from "./face-command.ts";
import { type Output, personObject, verificationLines } from "./output.ts";
import { personName } from "./typed-names.ts";
import { settled } from "./waiting.ts";
import { offlineText } from "./wording.ts";

export async function users(options: FaceOptions): Promise<ExitCode> {
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
    if (out.json) for (const person of sorted) out.object(personObject(person));
    else for (const line of peopleRows(sorted)) out.print(line);
  });
}

/** Shows the safety number; with `digits` compares it, and with `confirmed` takes the person's word for it. */
export async function verify(
  name: string,
  options: FaceOptions & { readonly match?: string | undefined; readonly confirmed?: boolean | undefined },
): Promise<ExitCode> {
  return withFace(options, async (face, out) => {
    const wanted = personName(name);
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
export async function trust(name: string, options: FaceOptions): Promise<ExitCode> {
  return withFace(options, async (face, out) => {
    const wanted = personName(name);
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

/** Roles have a column where anybody has one. */
function peopleRows(people: readonly Person[]): string[] {
  const areRoles = people.some(({ role }) => role !== undefined);
  return columns(
    people.map(({ name, online, me, trust, role = "" }) => [
      printable(name, { lines: false }),
      online ? "online" : "offline",
      ...(areRoles ? [role] : []),
      me ? "you" : trustWord(trust),
    ]),
  );
}

function trustWord(trust: string): string {
  return trust === "unknown" ? "" : trust === "changed" ? "KEY CHANGED" : trust;
}
