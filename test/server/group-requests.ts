// Requests of groups in bare protocol, with opaque bytes where MLS would be.

import type { GroupRules } from "../../src/domain/group-rules.ts";
import { encodeRules } from "../../src/wire/rules.ts";
import { groupLog, NONCE_BYTES } from "../../src/domain/group-log.ts";
import { encodeId } from "../../src/domain/id.ts";
import { MAX_ADDED } from "../../src/wire/limits.ts";
import { encodeTold, type Told } from "../../src/wire/told.ts";
import { type Asked, hall, messageId, type Person, person, type Raw, text } from "./hall.ts";

export const identityOf = (who: Person) => encodeId(who.identity.public);
const nonces = new Map<string, string>();

/** A new group's log. */
export function groupId(): string {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const log = groupLog(nonce);
  nonces.set(log, encodeId(nonce));
  return log;
}

/** An open group of these admins, or what else is given. */
export function rulesOf(admins: readonly Person[], given: Partial<GroupRules> = {}): GroupRules {
  return {
    name: "class2024",
    open: true,
    announcement: false,
    closed: false,
    history: 50,
    admins: admins.map(identityOf),
    barred: [],
    ...given,
  };
}

/** A request and its body. */
export type Whole = readonly [Asked, Uint8Array];

export function found(log: string, rules: GroupRules | Uint8Array): Whole {
  const bytes = rules instanceof Uint8Array ? rules : encodeRules(rules);
  const info = text("info 0");
  const nonce = nonces.get(log) ?? messageId();
  return [{ t: "found", log, nonce, rules: bytes.length, info: info.length }, Buffer.concat([bytes, info])];
}

/** A commit in `epoch` that does what is told, with a Welcome for each one added but the sender. */
export function bundle(
  log: string,
  epoch: number,
  { added = [], removed = [], rules }: Partial<Omit<Told, "rules">> & { rules?: GroupRules },
  extra: { sender?: string; id?: string; history?: string } = {},
): Whole {
  const told = { added, removed, ...(rules === undefined ? {} : { rules: encodeRules(rules) }) };
  const commit = encodeTold(told, text(`commit ${epoch}`));
  const info = text(`info ${epoch + 1}`);
  const invited = added.filter((device) => device !== extra.sender);
  const history = extra.history === undefined ? [] : [text(extra.history)];
  return [
    {
      t: "commit",
      log,
      id: extra.id ?? messageId(),
      epoch,
      commit: commit.length,
      info: info.length,
      welcomes: invited.map((device) => ({ device, id: messageId(), size: 7 })),
      ...(history[0] === undefined ? {} : { history: { id: messageId(), size: history[0].length } }),
    },
    Buffer.concat([commit, info, ...invited.map(() => text("welcome")), ...history]),
  ];
}

/** A room with a group of Ann's in it, and these in the group besides, in this order; all are here. */
export async function classroom(
  names: readonly string[] = [],
  given: Partial<GroupRules> = {},
  settings: Parameters<typeof hall>[1] = {},
) {
  const room = hall(undefined, settings);
  const ann = person("ann");
  const a = await room.enter(ann);
  const log = groupId();
  const answer = await a.ask(...found(log, rulesOf([ann], given)));
  if (answer.t !== "created") throw new Error(`found: ${JSON.stringify(answer)}`);
  const people = names.map(person);
  const links: Raw[] = [];
  for (const who of people) links.push(await room.enter(who));
  for (let at = 0; at < links.length; at += MAX_ADDED) {
    const added = links.slice(at, at + MAX_ADDED).map(({ id }) => id);
    const accepted = await a.ask(...bundle(log, at / MAX_ADDED, { added }));
    if (accepted.t !== "accepted") throw new Error(`commit: ${JSON.stringify(accepted)}`);
  }
  return { room, ann, a, log, people, links };
}

/** The one at `i`, which the test has made. */
export function at<T>(list: readonly T[], i: number): T {
  const one = list[i];
  if (one === undefined) throw new Error(`nothing at ${i}`);
  return one;
}

/** What came of a log, in order. */
export const came = (link: Raw, log: string) =>
  link.all("entry").flatMap((one) => (one.log === log ? [one.seq] : []));

type Room = ReturnType<typeof hall>;

/** Time goes on, in small steps, each with all that comes of it. */
export async function pass(room: Room, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 50) {
    room.clock.advance(Math.min(50, left));
    await room.net.quiet();
  }
}

/** So many people, who are in no group. */
export async function comeIn(room: Room, count: number): Promise<Raw[]> {
  const links: Raw[] = [];
  for (let i = 0; i < count; i++) links.push(await room.enter(person(`student${i}`)));
  return links;
}
