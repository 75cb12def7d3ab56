// Commits as they come in their logs: this device's state goes along with the others', or passes over what breaks a
// group's rules. Must not know how commits are made, or messages.

import type { Entry } from "../domain/entry.ts";
import { encodeId } from "../domain/id.ts";
import { processCommit } from "../mls/commit.ts";
import type { Change } from "../mls/gate.ts";
import type { Credential } from "../mls/identity.ts";
import type { MlsRefusal } from "../mls/outcome.ts";
import { isActive, members } from "../mls/state.ts";
import { decodeTold } from "../wire/told.ts";
import { type Held, type HeldGroup, isGroup, serverEpoch } from "./conversation-record.ts";
import type { GroupNotice } from "./events.ts";
import { notFor, takeBack } from "./forsaken.ts";
import { noticesOf } from "./group-notice.ts";
import { conversationRule, effectOf, isTold, rulesIn } from "./group-rule.ts";
import { ending } from "./leaving.ts";
import { noticeMessage } from "./notices.ts";
import type { ClientState } from "./state.ts";
import type { Step } from "./step.ts";
import { impostorsAmong } from "./vouching.ts";

/**
 * "void": it was passed over; the server's epoch has moved all the same. "dubious", "ahead": so it was, but others may have
 * understood it, in the latter case as it is of an epoch to come. "out": no member any more, or the group's end.
 */
export type Followed = "followed" | "void" | "dubious" | "ahead" | "out" | "broken";

/** Processes another's commit and moves the cursor past it. */
export async function follow(state: ClientState, held: Held, entry: Entry, step: Step): Promise<Followed> {
  return isGroup(held) ? followInGroup(state, held, entry, step) : followTheOther(state, held, entry, step);
}

/** Somebody changed the conversation's keys, or came back into it. */
async function followTheOther(
  state: ClientState,
  held: Held,
  entry: Entry,
  step: Step,
): Promise<"followed" | "broken"> {
  const processed = await processCommit(held.mls, entry.body, conversationRule);
  if (!processed.ok) return "broken";
  const next = { ...held, mls: processed.conversation, cursor: entry.seq, began: commitAt(entry) };
  step.write(state.conversations.adopt(next));
  sendAgain(state, entry, processed, step);
  return "followed";
}

async function followInGroup(
  state: ClientState,
  held: HeldGroup,
  entry: Entry,
  step: Step,
): Promise<Followed> {
  const { conversations } = state;
  // What led to the state this device joined by is in it.
  if (entry.epoch < serverEpoch(held)) {
    step.write(conversations.update(held, { cursor: entry.seq, began: commitAt(entry) }));
    return "followed";
  }
  const decoded = decodeTold(entry.body);
  if (decoded === undefined) return passOver(state, held, entry, step, "dubious");
  const present = members(held.mls);
  const processed = await processCommit(held.mls, decoded.commit, conversationRule);
  if (!processed.ok) return refused(state, held, entry, step, processed.refused);
  const effect = effectOf(processed, present, decoded.told.added);
  if (!isTold(decoded.told, effect)) return passOver(state, held, entry, step, "dubious");
  // Taken out and put in again: the Welcome to that cannot be told from one to another group (see admitting.ts).
  const isAnew = decoded.told.added.includes(state.deviceId);
  if (isAnew && !isActive(processed.conversation)) return "broken";
  const open = rulesIn(held.mls)?.open ?? false;
  const notices = [...noticesOf(processed, effect, present, open), ...impostorNotice(state, effect.added)];
  const name = rulesIn(processed.conversation)?.name;
  const next: HeldGroup = {
    ...held,
    name: name === undefined ? held.name : `@${name}`,
    mls: processed.conversation,
    cursor: entry.seq,
    began: commitAt(entry),
  };
  if (!isActive(processed.conversation) || rulesIn(processed.conversation)?.closed === true) {
    tell(state, next, entry, notices, step);
    const ended = ending(state, next);
    step.write(ended.writes);
    step.events.push(...ended.events);
    return "out";
  }
  step.write(conversations.adopt(next));
  // Also those put in again by the same commit: what was before is not for them.
  const gone = processed.external ? [...effect.removed, ...effect.added] : processed.removed;
  forgetRecipients(state, next, gone, step);
  tell(state, next, entry, notices, step);
  if (effect.added.length === 0) sendAgain(state, entry, processed, step);
  return "followed";
}

function commitAt({ seq, id }: Entry): NonNullable<Held["began"]> {
  return { seq, id };
}

/** The lines of the conversation that say what has happened in a group. */
export function tell(
  state: ClientState,
  held: HeldGroup,
  { id, time }: Pick<Entry, "id" | "time">,
  notices: readonly GroupNotice[],
  step: Step,
): void {
  for (const notice of notices) {
    const added = state.timeline.add(noticeMessage(held.name, id, time, notice), held.fold);
    step.write(added.writes);
    step.events.push({ type: "message", message: added.message });
  }
}

/** Nobody passes for somebody this device knows by another key. */
export function impostorNotice(state: ClientState, people: readonly Credential[]): GroupNotice[] {
  const names = impostorsAmong(state, people);
  return names.length === 0 ? [] : [{ kind: "impostor", names }];
}

/** Who is in the group no more has not to be waited for. */
function forgetRecipients(
  state: ClientState,
  held: HeldGroup,
  removed: readonly Credential[],
  step: Step,
): void {
  for (const { device } of removed) {
    const { writes, events } = notFor(state, held.log, encodeId(device));
    step.write(writes);
    step.events.push(...events);
  }
}

function refused(
  state: ClientState,
  held: HeldGroup,
  entry: Entry,
  step: Step,
  why: MlsRefusal,
): "void" | "dubious" | "ahead" | "broken" {
  switch (why) {
    case "own-message": // this device's keys were used on another copy of this vault; or somebody pretends it
      return entry.sender === state.deviceId ? "broken" : passOver(state, held, entry, step, "dubious");
    case "forbidden": // it was made in this very epoch, and is to everybody what it is here
      return passOver(state, held, entry, step, "void");
    case "past-epoch": // by somebody who has not followed what this device has
      return passOver(state, held, entry, step, "dubious", false);
    case "future-epoch":
      // Either what led there was missed; or it is somebody's who has followed what this device has not.
      return entry.epoch > serverEpoch(held) ? "broken" : passOver(state, held, entry, step, "ahead", false);
    default:
      return passOver(state, held, entry, step, "dubious");
  }
}

/** The group's state stays what it was, whatever the server has counted. */
function passOver<F extends "void" | "dubious" | "ahead">(
  state: ClientState,
  held: HeldGroup,
  entry: Entry,
  step: Step,
  as: F,
  isAttack = true,
): F {
  const member = members(held.mls).find(({ credential }) => encodeId(credential.device) === entry.sender);
  const by = member?.credential.name ?? "";
  const voided = (held.voided ?? 0) + 1;
  step.write(state.conversations.update(held, { cursor: entry.seq, voided, began: commitAt(entry) }));
  if (isAttack && !isToldAlready(state, held, by, step))
    tell(state, held, entry, [{ kind: "attack", by }], step);
  return as;
}

/** Who does it a thousand times over fills nobody's screen. */
function isToldAlready({ timeline }: ClientState, held: HeldGroup, by: string, step: Step): boolean {
  const last = step.events.findLast(
    (event) => event.type === "message" && event.message.conversation === held.name,
  );
  const line = last?.type === "message" ? last.message : timeline.newest(held.fold, 1)[0];
  return line?.notice?.kind === "attack" && line.notice.by === by;
}

/** Who came back from outside could not read what was on its way: it is sent again, to the new keys. */
function sendAgain(state: ClientState, entry: Entry, change: Change, step: Step): void {
  if (!change.external) return;
  const device = encodeId(change.committer.device);
  const lost = state.outbox.toSendAgain(entry.log, () => state.messageId(), { before: entry.seq, device });
  const again = takeBack(state, lost);
  step.write(again.writes);
  step.events.push(...again.events);
}
