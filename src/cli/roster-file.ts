// The instructor's roster as a file, and what is said of one that cannot be used. Must not know what is made of it.

import { type Listed, parseRoster, type RosterFault } from "../domain/roster.ts";
import { printable } from "../domain/text.ts";
import { readSmallFile } from "../store/private-files.ts";
import { EXIT, Failure } from "./exit.ts";
import { counted } from "./output.ts";
import { nameText } from "./wording.ts";

/** Bytes; several times that of ten thousand lines. */
const LARGEST = 8 * 1024 * 1024;
const MOST_FAULTS = 50;
const FORMAT = "one name a line, or a table with the columns name, email and role (CSV)";

/** `note` is told all that is wrong with it, line by line, before a Failure is thrown. */
export function readRoster(path: string, note: (line: string) => void): readonly Listed[] {
  const found = readSmallFile(path, LARGEST);
  if (found === undefined) throw new Failure(EXIT.usage, { line: `there is no file ${path}`, hint: FORMAT });
  if (found.text === undefined)
    throw new Failure(EXIT.usage, { line: `${path} is too large for a roster`, hint: FORMAT });
  const roster = parseRoster(found.text);
  if (roster.ok && roster.people.length > 0) return roster.people;
  if (roster.ok) throw new Failure(EXIT.usage, { line: `nobody stands in ${path}`, hint: FORMAT });
  const { faults } = roster;
  for (const fault of faults.slice(0, MOST_FAULTS)) note(`${path}:${fault.line}: ${faultText(fault)}`);
  if (faults.length > MOST_FAULTS) note(`${path}: and ${faults.length - MOST_FAULTS} more like these`);
  throw new Failure(EXIT.usage, {
    line: `${counted(faults.length, "line")} of ${path} cannot be used; no link was made`,
    hint: FORMAT,
  });
}

function faultText(fault: RosterFault): string {
  switch (fault.why) {
    case "open-quote":
      return "a quotation mark that is never closed";
    case "after-quote":
      return "something follows a closing quotation mark";
    case "name":
      return fault.text === "" ? "there is no name" : `${quoted(fault.text)}: ${nameText(fault.fault).line}`;
    case "role":
      return `${quoted(fault.text)} is no role: student, assistant or instructor`;
    case "cell":
      return `${quoted(fault.text)} is neither an e-mail address nor a role (is a header missing?)`;
    case "twice":
      return `${quoted(fault.text)} stands on line ${fault.first} already`;
    case "alike":
      return `${quoted(fault.text)} looks too much like the name on line ${fault.first}`;
  }
}

function quoted(text: string): string {
  return `"${printable(text.slice(0, 80), { lines: false })}"`;
}
