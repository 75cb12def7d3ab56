// What the chat's commands ask the client, and the answers as lines.
// Must not know when they are asked, nor the screen.

import type { Asked, Face, Verification } from "../client/events.ts";
import type { Intent } from "./chat-commands.ts";
import { groupsLines, membersLines } from "./chat-group-lines.ts";
import { historyLines, type Look } from "./chat-lines.ts";
import {
  comparedLine,
  peopleLines,
  refusedLine,
  star,
  trustedLine,
  verificationLines,
  wrongLine,
} from "./chat-notices.ts";
import { troubleOf } from "./chat-trouble.ts";
import { peopleOfGroups } from "./group-people.ts";
import { isGroup } from "./typed-names.ts";

export type Asking = Extract<
  Intent,
  { do: "users" | "groups" | "members" | "history" | "search" | "verify" | "trust" }
>;

const MOST_FOUND = 50;

/** `current`: whom a command without a name is about; `me`: who asks. Rejects as the face does. */
export async function answerLines(
  face: Face,
  look: Look,
  asking: Asking,
  { current, me }: { readonly current: string | undefined; readonly me: string },
): Promise<string[]> {
  const person = current === undefined || isGroup(current) ? undefined : current;
  switch (asking.do) {
    case "users": {
      const asked = await face.users();
      if (asked.ok) return peopleLines(look, asked.value);
      return [refusedLine(look, troubleOf(asked.reason, ""))];
    }
    case "groups": {
      const asked = await face.groups();
      if (asked.ok) return groupsLines(look, asked.value, await peopleOfGroups(face, asked.value));
      return [refusedLine(look, troubleOf(asked.reason, ""))];
    }
    case "members": {
      const group = `@${asking.group}`;
      const asked = await face.members(asking.group);
      if (asked.ok) return membersLines(look, group, asked.value);
      return [refusedLine(look, troubleOf(asked.reason, group))];
    }
    case "history": {
      const name = asking.name ?? current;
      const query = name === undefined ? {} : { with: name };
      const messages = await face.history({ ...query, limit: asking.limit });
      return messages.length === 0 ? [star(look, "nothing yet")] : historyLines(look, messages, me);
    }
    case "search": {
      const messages = await face.history({ search: asking.words, limit: MOST_FOUND });
      return messages.length === 0 ? [star(look, "nothing found")] : historyLines(look, messages, me);
    }
    case "verify": {
      const name = asking.name ?? person;
      if (name === undefined) return [wrongLine(look, { do: "usage", usage: "/verify NAME" })];
      if (!asking.compared)
        return verified(look, name, await face.verify(name), (it) => verificationLines(look, it));
      return verified(look, name, await face.verified(name), (it) => [comparedLine(look, it)]);
    }
    case "trust": {
      const name = asking.name ?? person;
      if (name === undefined) return [wrongLine(look, { do: "usage", usage: "/trust NAME" })];
      const before = await face.verify(name);
      if (before.ok && before.value.trust !== "changed")
        return [star(look, "that key has not changed; there is nothing to accept")];
      const after = before.ok ? await face.trust(name) : before;
      return verified(look, name, after, (it) => [trustedLine(look, it)]);
    }
  }
}

function verified(
  look: Look,
  name: string,
  asked: Asked<Verification>,
  lines: (verification: Verification) => string[],
): string[] {
  return asked.ok ? lines(asked.value) : [refusedLine(look, troubleOf(asked.reason, name))];
}
