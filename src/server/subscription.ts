// One device's place in one log while it is online, and whether it may be sent more now.
// Must not know where entries come from.

import type { LogId } from "../domain/id.ts";
import type { Membership } from "../ports/server-store.ts";
import type { Session } from "./session.ts";

/** One device's place in one log while it is online. */
export interface Subscription {
  readonly session: Session;
  readonly log: LogId;
  readonly kind: Membership["kind"];
  /** The log's when this began. */
  readonly epoch: number;
  /** Once a commit has taken the device out: that commit, the last that it is sent. */
  until: number | undefined;
  /** The seq up to which everything was sent to it. */
  sent: number;
  /** The newest seq it is known that there is. */
  head: number;
  /** The newest entry that may be of this device; a receipt before that is of no use to it. */
  appended: number;
  /** The furthest cursor that the device has told on this link. */
  acknowledged: number;
  pumping: boolean;
}

/** What a subscription begins with. */
export interface Place extends Pick<Membership, "log" | "kind" | "epoch" | "head" | "cursor" | "until"> {
  /** The newest entry that may be of the device's own: the head, unless it is known better. */
  readonly appended?: number;
}

/** Bytes waiting in a link beyond which the pump pauses. */
export const HIGH = 256 * 1024;
export function isCurrent(subscription: Subscription): boolean {
  const { session, log } = subscription;
  return session.open && session.subscriptions?.get(log) === subscription;
}

/**
 * Whether it may be sent more now. The inbox goes first: entries of a log mean nothing to a device that has not seen
 * its Welcome.
 */
export function flows(subscription: Subscription): boolean {
  const { session, log } = subscription;
  if (!isCurrent(subscription) || session.link.queued > HIGH) return false;
  return log === session.device || isInvited(session);
}

function isInvited(session: Session): boolean {
  const { inbox } = session;
  return session.placed && inbox !== undefined && inbox.sent >= inbox.head;
}

/** Whether everything before `seq`, and every Welcome, was sent. */
export function isNext(subscription: Subscription, seq: number): boolean {
  const { session, log, sent, pumping } = subscription;
  return !pumping && sent === seq - 1 && (log === session.device || isInvited(session));
}
