// A roster: who is to be in the class, one on each line of a table. All that is wrong with one is told at once.
// Must not know where it lies, nor what is made of it.

import { parseCsv } from "./csv.ts";
import { type NameFault, parseName } from "./name.ts";
import { isRole, type Role } from "./role.ts";

export interface Listed {
  readonly line: number;
  readonly name: string;
  readonly fold: string;
  readonly email?: string;
  readonly role?: Role;
}

/** `first`: the line of the other one. "cell": in a table without a header, neither an e-mail address nor a role. */
export type RosterFault =
  | { readonly line: number; readonly why: "open-quote" | "after-quote" }
  | { readonly line: number; readonly why: "name"; readonly text: string; readonly fault: NameFault }
  | { readonly line: number; readonly why: "role" | "cell"; readonly text: string }
  | { readonly line: number; readonly why: "twice" | "alike"; readonly text: string; readonly first: number };

export type ParsedRoster =
  | { readonly ok: true; readonly people: readonly Listed[] }
  | { readonly ok: false; readonly faults: readonly RosterFault[] };

const HEADERS: ReadonlyMap<string, "name" | "email" | "role"> = new Map([
  ["name", "name"],
  ["user", "name"],
  ["username", "name"],
  ["user name", "name"],
  ["email", "email"],
  ["e-mail", "email"],
  ["mail", "email"],
  ["role", "role"],
]);

type Cells = { [K in "name" | "email" | "role"]?: string };

/**
 * With a header, the columns `name`, `email` and `role` count and others are passed over; without one, the name comes
 * first, and what follows is an e-mail address or a role.
 */
export function parseRoster(text: string): ParsedRoster {
  const table = parseCsv(text);
  if (!table.ok) return { ok: false, faults: [{ line: table.line, why: table.why }] };
  const [first, ...others] = table.rows;
  const header = first?.cells.map((cell) => HEADERS.get(cell.toLowerCase()));
  const columns = header?.includes("name") === true ? header : undefined;
  const rows = columns === undefined ? table.rows : others;
  const people: Listed[] = [];
  const faults: RosterFault[] = [];
  const folds = new Map<string, number>();
  const skeletons = new Map<string, number>();
  for (const { line, cells } of rows) {
    const found = columns === undefined ? guessed(cells) : named(cells, columns);
    if (typeof found === "string") {
      faults.push({ line, why: "cell", text: found });
      continue;
    }
    const { name: given = "", email = "", role = "" } = found;
    const parsed = parseName(given);
    if (!parsed.ok) {
      faults.push({ line, why: "name", text: given, fault: parsed.why });
      continue;
    }
    const { name, fold, skeleton } = parsed;
    const [same, alike] = [folds.get(fold), skeletons.get(skeleton)];
    const other = same ?? alike;
    if (other !== undefined)
      faults.push({ line, why: same === undefined ? "alike" : "twice", text: name, first: other });
    else {
      folds.set(fold, line);
      skeletons.set(skeleton, line);
    }
    const wanted = role.toLowerCase();
    if (wanted !== "" && !isRole(wanted)) faults.push({ line, why: "role", text: role });
    people.push({
      line,
      name,
      fold,
      ...(email === "" ? {} : { email }),
      ...(isRole(wanted) ? { role: wanted } : {}),
    });
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, people };
}

function named(cells: readonly string[], columns: readonly (keyof Cells | undefined)[]): Cells {
  const found: Cells = {};
  for (const [at, column] of columns.entries()) {
    if (column !== undefined && found[column] === undefined) found[column] = cells[at] ?? "";
  }
  return found;
}

/** Or the cell that is nothing known. */
function guessed([name = "", ...others]: readonly string[]): Cells | string {
  const found: Cells = { name };
  for (const cell of others) {
    if (cell === "") continue;
    const what = cell.includes("@") ? "email" : isRole(cell.toLowerCase()) ? "role" : undefined;
    if (what === undefined || found[what] !== undefined) return cell;
    found[what] = cell;
  }
  return found;
}
