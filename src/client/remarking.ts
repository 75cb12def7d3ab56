// What is said about messages as it comes in their logs: who may, and what becomes of the message.
// Must not know how it travels.

import type { Credential } from "../mls/identity.ts";
import type { Remarking } from "./content.ts";
import type { Held } from "./conversation-record.ts";
import { remark } from "./placing.ts";
import { changeOf, type Remark, remarked } from "./remark.ts";
import { shownAs } from "./showing.ts";
import type { ClientState } from "./state.ts";
import type { Step } from "./step.ts";
import type { Found } from "./timeline.ts";

/** Run inside the client's queue. What is not allowed, or about a message that is not here, has no effect and is not told. */
export function readRemark(
  state: ClientState,
  held: Held,
  content: Remarking,
  sender: Credential,
  trusted: boolean,
  step: Step,
): void {
  const { timeline, profile } = state;
  const what = remarkOf(content);
  const found = timeline.find(held.fold, what.to, step);
  if (found === undefined || !trusted) return;
  if (what.type !== "reaction" && !isAuthor(state, found, sender)) return;
  const after = remarked(found.message, what, sender.name);
  if (after === undefined) return;
  step.write(remark(state, held.fold, what, sender.name, step));
  const own = Buffer.compare(sender.identity, profile.identity.public) === 0;
  const message = shownAs(state, { ...after, position: found.position }, held.fold, step);
  step.events.push({ type: "changed", message, change: changeOf(what, sender.name, own) });
}

/** Whether they have written it: by their key, and by their name where somebody else has passed it on. */
function isAuthor(
  { profile }: ClientState,
  { message: { own, sender: name }, by }: Found,
  sender: Credential,
): boolean {
  const isMe = Buffer.compare(sender.identity, profile.identity.public) === 0;
  if (own || isMe) return own && isMe;
  return by === undefined ? name === sender.name : Buffer.compare(by, sender.identity) === 0;
}

function remarkOf(content: Remarking): Remark {
  const { to } = content;
  switch (content.type) {
    case "reaction":
      return { type: "reaction", to, ...(content.emoji === undefined ? {} : { emoji: content.emoji }) };
    case "edit":
      return { type: "edit", to, text: content.text };
    case "delete":
      return { type: "delete", to };
  }
}
