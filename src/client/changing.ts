// What a user wants of a group, as wishes: people's names become devices, KeyPackages and new rules.
// Must not know how commits are made.

import { type GroupRules, HISTORY, MAX_BARRED } from "../domain/group-rules.ts";
import { encodeId } from "../domain/id.ts";
import { parseName } from "../domain/name.ts";
import type { Member } from "../mls/tree.ts";
import type { Committing } from "./committing.ts";
import type { FailureReason } from "./failure-reason.ts";
import { personOf } from "./group-rule.ts";
import type { Intent } from "./intents.ts";
import type { Introductions } from "./introductions.ts";
import type { Newcomer, Wish } from "./proposing.ts";
import type { ClientState } from "./state.ts";

export type Answered = (key: string, outcome: "done" | FailureReason) => void;

/** "later": the connection was lost, or the server cannot do it now; the intent is to be tried again. */
export async function perform(
  state: ClientState,
  introductions: Introductions,
  committing: Committing,
  intent: Intent,
  answered: Answered,
): Promise<"later" | undefined> {
  const { key, log, change } = intent;
  const wish = (fields: Omit<Wish, "intent" | "asAdmin" | "answered">, asAdmin = true): undefined => {
    committing.wish(log, {
      intent: key,
      asAdmin,
      ...fields,
      answered: (outcome) => answered(key, outcome),
    });
  };
  switch (change.change) {
    case "add": {
      const add: Newcomer[] = [];
      for (const name of change.names) {
        const found = await newcomers(state, introductions, name);
        if (found === "later") return found;
        if (typeof found !== "string") add.push(...found);
        else {
          await state.serial.run(() => state.commit([{ remove: "intent", key }]));
          answered(key, found);
          return undefined;
        }
      }
      // In an open group anybody may let others in; who was barred is let in again by an admin.
      const people = add.map(({ person }) => person);
      return wish({ add, rules: (rules) => withoutBarred(rules, people) }, false);
    }
    case "remove":
      return wish({
        remove: (present) => leavesOf(present, change.name, encodeId(state.profile.identity.public)),
        rules: (rules, present) => withBarred(rules, identityOf(present, change.name)),
      });
    case "rename": {
      const parsed = parseName(change.to);
      const name = parsed.ok ? parsed.name : change.to;
      return wish({ rules: (rules) => (rules.name === name ? rules : { ...rules, name }) });
    }
    case "close":
      return wish({ rules: (rules) => ({ ...rules, closed: true }) });
    case "admin":
      return wish({ rules: (rules, present) => withAdmin(rules, identityOf(present, change.name)) });
    case "not-admin":
      return wish({
        rules: (rules, present) => withoutAdmin(rules, present, identityOf(present, change.name)),
      });
    case "announcement":
      return wish({
        rules: (rules) => (rules.announcement === change.on ? rules : { ...rules, announcement: change.on }),
      });
    case "open":
      return wish({ rules: (rules) => withOpen(rules, change.on) });
  }
}

/** The devices of somebody, each with a KeyPackage of theirs. */
async function newcomers(
  state: ClientState,
  introductions: Introductions,
  name: string,
): Promise<Newcomer[] | FailureReason | "later"> {
  const claimed = await state.serial.run(() => introductions.packagesOf(name));
  if (!claimed.ok) return claimed.reason;
  const person = encodeId(claimed.identity);
  const { packages } = claimed;
  return packages.map(({ device, body }) => ({ device, person, body }));
}

function leavesOf(present: readonly Member[], name: string, me: string): readonly Member[] | FailureReason {
  const person = identityOf(present, name);
  if (person === undefined) return "no-such-user";
  // Nobody's commit takes out themselves (RFC 9420 §12.2): who wants to go leaves.
  if (person === me) return "yourself";
  return present.filter(({ credential }) => personOf(credential) === person);
}

/** The identity key of the member of this name. */
function identityOf(present: readonly Member[], name: string): string | undefined {
  const wanted = parseName(name);
  const member = present.find(({ credential }) => {
    const parsed = parseName(credential.name);
    return wanted.ok && parsed.ok && parsed.fold === wanted.fold;
  });
  return member && personOf(member.credential);
}

function withBarred(rules: GroupRules, person: string | undefined): GroupRules | FailureReason {
  if (person === undefined) return "no-such-user";
  const admins = rules.admins.filter((one) => one !== person);
  const barred = [...rules.barred.filter((one) => one !== person), person].slice(-MAX_BARRED);
  // Rules have an admin at least; who is no member is none in effect.
  return { ...rules, admins: admins.length === 0 ? rules.admins : admins, barred };
}

function withoutBarred(rules: GroupRules, people: readonly string[]): GroupRules {
  if (!people.some((person) => rules.barred.includes(person))) return rules;
  return { ...rules, barred: rules.barred.filter((person) => !people.includes(person)) };
}

function withAdmin(rules: GroupRules, person: string | undefined): GroupRules | FailureReason {
  if (person === undefined) return "no-such-user";
  return rules.admins.includes(person) ? rules : { ...rules, admins: [...rules.admins, person] };
}

function withoutAdmin(
  rules: GroupRules,
  present: readonly Member[],
  person: string | undefined,
): GroupRules | FailureReason {
  if (person === undefined) return "no-such-user";
  if (!rules.admins.includes(person)) return rules;
  const admins = rules.admins.filter((one) => one !== person);
  const members = new Set(present.map(({ credential }) => personOf(credential)));
  // A group has an admin: another one is named first.
  return admins.some((one) => members.has(one)) ? { ...rules, admins } : "forbidden";
}

function withOpen(rules: GroupRules, on: boolean): GroupRules {
  if (rules.open === on) return rules;
  return { ...rules, open: on, history: on && rules.history === 0 ? HISTORY : rules.history };
}
