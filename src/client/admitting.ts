// What comes in this device's inbox: Welcomes to conversations, and what newcomers to a group are handed of its history.
// Must not know logs or links beyond asking for what a Welcome leaves out.

import { LOG_ID_BYTES } from "../domain/direct-log.ts";
import type { Entry } from "../domain/entry.ts";
import { encodeId, type LogId } from "../domain/id.ts";
import { leaveStatement } from "../mls/leaving.ts";
import { isActive, isIn, members } from "../mls/state.ts";
import { REFUSALS } from "../wire/refusal.ts";
import type { Connection } from "./connection.ts";
import { type Held, type HeldDirect, type HeldGroup, isGroup } from "./conversation-record.ts";
import { invitedTo, type Joining } from "./conversations.ts";
import { impostorNotice, tell } from "./following.ts";
import { forsake } from "./forsaken.ts";
import { isAdminOf, rulesIn } from "./group-rule.ts";
import { joiningOf, removeJoining } from "./joining-record.ts";
import { keyChanged } from "./key-changed.ts";
import { groupFold, isBack, isOver } from "./leaving.ts";
import { firstRenewal } from "./renewing.ts";
import { shownAs } from "./showing.ts";
import { showOnce } from "./showing-once.ts";
import type { ClientState } from "./state.ts";
import type { Step } from "./step.ts";
import { judged, vouchedFor } from "./vouching.ts";

/** `broken`: it is to be come back into from outside. "later": somebody is to be asked who is not there. */
export type Admitted =
  | { readonly is: "joined"; readonly fold: string }
  | { readonly is: "nothing" }
  | { readonly is: "broken"; readonly log: LogId }
  /** A repeat; or what was begun anew there, and cannot be joined any more. */
  | { readonly is: "doubtful"; readonly log: LogId }
  /** It is not the group that was asked for, or has got another name meanwhile: it is left again. */
  | { readonly is: "wrong"; readonly asked: string; readonly log: LogId }
  | { readonly is: "later" };

/** Rows looked through for what is there already. */
const ROWS_BACK = 500;

const NOTHING: Admitted = { is: "nothing" };

export async function admit(
  state: ClientState,
  connection: Connection,
  entry: Entry,
  step: Step,
): Promise<Admitted> {
  const joined = await joinBy(state, connection, entry);
  if (joined === "later") return { is: "later" };
  step.acks.set(entry.log, entry.seq);
  if (joined === "broken") return { is: "broken", log: invitedTo(entry.body) };
  if (!joined.ok) {
    // Its KeyPackage was used before, by a server that has since been put back from an older copy.
    if (joined.unknown !== undefined) return { is: "broken", log: joined.unknown };
    return joined.spent === undefined ? NOTHING : { is: "doubtful", log: joined.spent };
  }
  const { held } = joined;
  if (isGroup(held)) return admitToGroup(state, { ...joined, held }, entry, step);
  const vouched = await vouchedFor(state, connection, held);
  if (vouched !== "yes") state.conversations.forget(held.log);
  if (vouched === "later") step.acks.delete(entry.log);
  if (vouched !== "yes") return vouched === "later" ? { is: "later" } : NOTHING;
  return admitToDirect(state, { ...joined, held }, step);
}

type Joined<H extends Held> = Extract<Joining, { ok: true }> & { readonly held: H };

async function joinBy(
  state: ClientState,
  connection: Connection,
  entry: Entry,
): Promise<Joining | "later" | "broken"> {
  const { conversations } = state;
  const log = invitedTo(entry.body);
  const present = conversations.get(log);
  // Whoever invites a member once more may have made another group of this id, where nobody else is. A device that was
  // taken out and put in again finds that in the group's own log.
  const isThere = present !== undefined && isGroup(present) && isActive(present.mls) && !present.leaving;
  if (isThere) return { ok: false };
  const joined = await conversations.join(entry);
  if (joined.ok || joined.needs === undefined) return joined;
  const reply = await connection.request({ t: "info", log, epoch: entry.epoch });
  if (!reply.ok && (reply.refused === "offline" || REFUSALS[reply.refused].again)) return "later";
  if (!reply.ok || reply.answer.t !== "group") return "broken";
  return conversations.join(entry, { info: reply.body, began: reply.answer.seq ?? 0 });
}

function admitToDirect(state: ClientState, { held, anew, writes }: Joined<HeldDirect>, step: Step): Admitted {
  const { trust } = state;
  const { name, fold, identity, log } = held;
  if (anew) {
    const forsaken = forsake(state, log);
    step.write(forsaken.writes);
    step.events.push(...forsaken.events);
  }
  const met = trust.met(fold, name, identity);
  step.write([...writes, ...met.writes]);
  if (met.news) step.events.push(keyChanged(name, trust.pin(fold)?.identity, identity));
  return { is: "joined", fold };
}

function admitToGroup(
  state: ClientState,
  { held, writes }: Joined<HeldGroup>,
  entry: Entry,
  step: Step,
): Admitted {
  const { conversations, store, profile } = state;
  const rules = rulesIn(held.mls);
  const asked = joiningOf(store, held.log);
  const wrong = asked !== undefined && groupFold(held.name) !== asked.fold;
  if (wrong || rules === undefined || rules.closed) {
    step.write(asked === undefined ? [] : [removeJoining(asked.fold)]);
    if (wrong && rules?.closed === false) {
      // Its members have this device among them, until it says that it is not there.
      const leaving = leaveStatement(held.mls, conversations.device());
      step.write([...writes, ...conversations.note(held, { leaving })]);
      return { is: "wrong", asked: asked.fold, log: held.log };
    }
    conversations.forget(held.log);
    if (rules?.closed === true) step.write([isOver(held.log)]);
    return NOTHING;
  }
  const present = members(held.mls);
  const by = present.find(({ credential }) => encodeId(credential.device) === entry.sender)?.credential;
  const byThemselves = asked !== undefined || by === undefined || !isAdminOf(held.mls, by.identity);
  const names = [profile.name];
  step.write(writes);
  if (held.cursor > 0) step.acks.set(held.log, held.cursor);
  step.write(conversations.note(held, { renewAt: firstRenewal(state, present.length) }));
  step.write([isBack(held.log), ...(asked === undefined ? [] : [removeJoining(asked.fold)])]);
  tell(
    state,
    held,
    entry,
    [
      byThemselves ? { kind: "joined", names } : { kind: "added", names, by: by.name },
      ...impostorNotice(
        state,
        present.map(({ credential }) => credential),
      ),
    ],
    step,
  );
  return { is: "joined", fold: held.fold };
}

/** What was said before this device's user came, by the word of the member who has let them in. */
export async function takeHistory(
  state: ClientState,
  connection: Connection,
  entry: Entry,
  step: Step,
): Promise<"taken" | "later"> {
  const { conversations, timeline, profile } = state;
  const held = conversations.get(invitedTo(entry.body));
  const opened =
    held !== undefined && isGroup(held) && isActive(held.mls)
      ? await conversations.openAside(held, entry, entry.body.subarray(LOG_ID_BYTES))
      : undefined;
  const isMembers = held !== undefined && opened?.sender !== undefined && isIn(held.mls, opened.sender);
  if (!isMembers || opened?.content?.type !== "history" || opened.sender === undefined) {
    step.write(opened?.writes ?? []);
    step.acks.set(entry.log, entry.seq);
    return "taken";
  }
  const trusted = await judged(state, connection, opened.sender);
  if (trusted === "later") {
    conversations.forget(held.log);
    return "later";
  }
  step.write(opened.writes);
  step.acks.set(entry.log, entry.seq);
  const there = new Set(timeline.newest(held.fold, ROWS_BACK).map(({ id }) => id));
  const most = rulesIn(held.mls)?.history ?? 0;
  const handed = most === 0 ? [] : opened.content.messages.slice(-most);
  for (const { id, sender, sentAt, text, replyTo, edited, reactions } of handed) {
    // Its sender may send it again.
    if (there.has(id) || !showOnce(state, { log: held.log, id, sender }, step)) continue;
    const line = {
      id,
      conversation: held.name,
      sender,
      text,
      sentAt,
      queued: false,
      trusted: trusted === "yes",
      own: sender === profile.name,
      passedOnBy: opened.sender.name,
      ...(replyTo === undefined ? {} : { replyTo: { id: replyTo } }),
      ...(edited === undefined ? {} : { edited }),
      ...(reactions === undefined ? {} : { reactions }),
    };
    const added = timeline.add(line, held.fold);
    step.write(added.writes);
    step.events.push({ type: "message", message: shownAs(state, added.message, held.fold, step) });
  }
  return "taken";
}
