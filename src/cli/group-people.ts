// Who is in each of the groups that are listed, as far as it can be asked.
// Must not know how a list is shown.

import type { Face, Group } from "../client/events.ts";
import { peopleText } from "./wording-groups.ts";

/** Groups whose people are asked for: one's own before others. */
const MOST_GROUPS = 20;
const MOST_NAMED = 8;

/** Group, with the `@` → the names of those in it, in one line. Groups that could not be asked of are not in it. */
export async function peopleOfGroups(
  face: Face,
  groups: readonly Group[],
): Promise<ReadonlyMap<string, string>> {
  const own = groups.toSorted((a, b) => Number(b.mine !== "no") - Number(a.mine !== "no"));
  const found = await Promise.all(
    own.slice(0, MOST_GROUPS).map(async ({ name }) => ({ name, asked: await face.members(name.slice(1)) })),
  );
  return new Map(
    found.flatMap(({ name, asked }) =>
      asked.ok
        ? [
            [
              name,
              peopleText(
                asked.value.map((member) => member.name),
                MOST_NAMED,
              ),
            ] as const,
          ]
        : [],
    ),
  );
}
