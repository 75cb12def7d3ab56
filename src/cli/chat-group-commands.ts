// The chat's commands for groups. Where one is writing to a group, that is the one meant unless another is named.
// Must not know the client, the screen, or which groups there are.

import type { GroupChange } from "../client/events.ts";
import { HISTORY, MAX_HISTORY } from "../domain/group-rules.ts";
import { type BadName, type Command, withGroup, withPeople, withPerson, wordsOf } from "./chat-words.ts";
import type { GroupAction } from "./group-actions.ts";

export type GroupIntent =
  | { readonly do: "groups" }
  | { readonly do: "members"; readonly group: string }
  | { readonly do: "act"; readonly action: GroupAction };

type Parsed = GroupIntent | BadName | undefined;

export const groupCommands: ReadonlyMap<string, Command<GroupIntent>> = new Map<string, Command<GroupIntent>>(
  [
    [
      "groups",
      {
        usage: "/groups",
        what: "all groups, who is in them, and which are yours",
        words: [],
        parse: (rest) => (rest.trim() === "" ? { do: "groups" } : undefined),
      },
    ],
    [
      "members",
      {
        usage: "/members [GROUP]",
        what: "who is in this group",
        words: ["group"],
        parse: (rest, present) => ofGroup(rest, present, 0, (group) => ({ do: "members", group })),
      },
    ],
    [
      "create",
      {
        usage: "/create NAME [private] [announcement] [history N]",
        what: "make a group: private, admins add people; announcement, only admins write",
        words: [],
        parse: (rest) => {
          const [name, ...traits] = wordsOf(rest);
          return name === undefined ? undefined : withGroup(name, (group) => created(group, traits));
        },
      },
    ],
    [
      "join",
      {
        usage: "/join NAME",
        what: "go into a group",
        words: ["group"],
        parse: (rest) =>
          ofGroup(rest, undefined, 0, (name) => ({ do: "act", action: { act: "join", name } })),
      },
    ],
    [
      "leave",
      {
        usage: "/leave [GROUP]",
        what: "go out of this group",
        words: ["group"],
        parse: (rest, present) =>
          ofGroup(rest, present, 0, (name) => ({ do: "act", action: { act: "leave", name } })),
      },
    ],
    [
      "add",
      {
        usage: "/add [@GROUP] NAME…",
        what: "take people into this group",
        words: ["either", "person"],
        more: true,
        parse: (rest, present) =>
          ofGroup(rest, present, "some", (group, typed) =>
            typed.length === 0
              ? undefined
              : withPeople(typed, (names) => changing(group, { change: "add", names })),
          ),
      },
    ],
    [
      "remove",
      {
        usage: "/remove [GROUP] NAME",
        what: "for admins: take somebody out of this group",
        words: ["either", "person"],
        parse: personParser("remove"),
      },
    ],
    [
      "admin",
      {
        usage: "/admin [GROUP] NAME [off]",
        what: "for admins: make somebody an admin too; off: no longer",
        words: ["either", "person"],
        parse: (rest, present) => {
          const words = wordsOf(rest);
          const off = words.length > 1 && words.at(-1)?.toLowerCase() === "off";
          const change = off ? "not-admin" : "admin";
          return personParser(change)(words.slice(0, off ? -1 : undefined).join(" "), present);
        },
      },
    ],
    [
      "rename",
      {
        usage: "/rename [GROUP] NEW",
        what: "for admins: call this group something else",
        words: ["group"],
        parse: (rest, present) =>
          ofGroup(rest, present, 1, (group, [typed]) =>
            typed === undefined
              ? undefined
              : withGroup(typed, (to) => changing(group, { change: "rename", to })),
          ),
      },
    ],
    [
      "announce",
      ofSwitch("/announce [GROUP] on|off", "for admins: whether only admins write", "announcement"),
    ],
    ["open", ofSwitch("/open [GROUP] on|off", "for admins: whether anybody in the class may join", "open")],
    [
      "close",
      {
        usage: "/close [GROUP]",
        what: "for admins: end this group",
        words: ["group"],
        parse: (rest, present) => ofGroup(rest, present, 0, (group) => changing(group, { change: "close" })),
      },
    ],
  ],
);

/**
 * The group that is meant, and the other words, of which there are `others`: with one more the first is the group;
 * where there may be "some", it is one if it begins with `@`, or nothing else can be meant.
 */
function ofGroup(
  rest: string,
  present: string | undefined,
  others: number | "some",
  then: (group: string, words: readonly string[]) => Parsed,
): Parsed {
  const words = wordsOf(rest);
  const [first = ""] = words;
  const isNamed =
    present === undefined || (others === "some" ? first.startsWith("@") : words.length > others);
  const [group = "", ...more] = isNamed ? words : [present, ...words];
  if (group === "" || (others !== "some" && more.length !== others)) return undefined;
  return withGroup(group, (name) => then(name, more));
}

function personParser(change: "remove" | "admin" | "not-admin"): Command<GroupIntent>["parse"] {
  return (rest, present) =>
    ofGroup(rest, present, 1, (group, [typed]) =>
      withPerson(typed ?? "", (name) => changing(group, { change, name })),
    );
}

function ofSwitch(usage: string, what: string, change: "announcement" | "open"): Command<GroupIntent> {
  const parse: Command<GroupIntent>["parse"] = (rest, present) =>
    ofGroup(rest, present, 1, (group, [typed]) => {
      const state = typed?.toLowerCase();
      return state === "on" || state === "off" ? changing(group, { change, on: state === "on" }) : undefined;
    });
  return { usage, what, words: ["group"], parse };
}

function changing(name: string, change: GroupChange): GroupIntent {
  return { do: "act", action: { act: "change", name, change } };
}

function created(name: string, traits: readonly string[]): Parsed {
  let open = true;
  let announcement = false;
  let history: number | undefined;
  for (let at = 0; at < traits.length; at++) {
    const trait = traits[at]?.toLowerCase();
    if (trait === "private") open = false;
    else if (trait === "announcement") announcement = true;
    else if (trait === "history" && /^\d{1,6}$/.test(traits[at + 1] ?? "")) history = Number(traits[++at]);
    else return undefined;
  }
  history ??= open ? HISTORY : 0;
  if (history > MAX_HISTORY) return undefined;
  return { do: "act", action: { act: "create", group: { name, open, announcement, history } } };
}
