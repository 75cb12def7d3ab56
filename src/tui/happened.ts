// What the client tells → what the screen shows of it. Pure.
// Must not know the keys, nor in what words anything is said.

import type { ClientEvent, Conversation, GroupNotice, Message, Person, Status } from "../client/events.ts";
import { mentions } from "../domain/mention.ts";
import { reworded } from "./composing.ts";
import { type Entry, keyOf, type Model, type Room, roomOf, withRoom } from "./model.ts";
import type { Line } from "./spans.ts";

/** Entries of one conversation that are kept in memory; of more, those furthest from the window go. */
const MOST_ENTRIES = 600;

/** What has happened in a group and must not be missed. */
const ALARMS: ReadonlySet<string | undefined> = new Set([
  "attack",
  "impostor",
  "out",
] satisfies GroupNotice["kind"][]);

type ChangedEvent = Extract<ClientEvent, { type: "changed" }>;
type StateEvent = Extract<ClientEvent, { type: "state" }>;
type ReadEvent = Extract<ClientEvent, { type: "read" }>;

export function listRead(model: Model, conversations: readonly Conversation[]): Model {
  return conversations.reduce(
    (model, { name, unread, mentioned, shown }) =>
      withRoom(model, keyOf(name), (room) => ({
        ...room,
        name,
        unread,
        marked: mentioned,
        shown,
        newAfter: unread > 0 ? shown : undefined,
      })),
    model,
  );
}

export function connected(model: Model, status: Status): Model {
  return { ...model, status, className: "className" in status ? status.className : model.className };
}

export function peopleRead(model: Model, people: readonly Person[]): Model {
  const others = people.filter(({ me }) => !me);
  return { ...model, isClassKnown: true, people: new Map(others.map((one) => [keyOf(one.name), one])) };
}

/** What changes something that is there already. */
export function changedBy(
  model: Model,
  event: Extract<ClientEvent, { type: "changed" | "read" | "typing" | "presence" }>,
): Model {
  switch (event.type) {
    case "changed":
      return remarked(model, event);
    case "read":
      return wasRead(model, event);
    case "typing":
      return isWriting(model, event.conversation, event.on);
    case "presence":
      return moved(model, event.name, event.online);
  }
}

/** Somebody is writing to one, or has stopped. */
function isWriting(model: Model, name: string, on: boolean): Model {
  const writing = new Set(model.writing);
  if (on) writing.add(keyOf(name));
  else writing.delete(keyOf(name));
  return { ...model, writing };
}

function moved(model: Model, name: string, online: boolean): Model {
  const key = keyOf(name);
  if (key === keyOf(model.me)) return model;
  const trust = model.people.get(key)?.trust ?? "unknown";
  return { ...model, people: new Map(model.people).set(key, { name, online, trust }) };
}

/** A stretch of a conversation was read: what lies above what is here, below it, or instead of it. */
export function pageRead(
  model: Model,
  key: string,
  messages: readonly Message[],
  { where, isWhole }: { readonly where: "newest" | "above" | "below" | "around"; readonly isWhole: boolean },
): Model {
  return withRoom(model, key, (room) => {
    const page = messages.map(entryOf);
    switch (where) {
      case "newest": {
        const fresh = withAsides(page, room.entries);
        const known = new Set(fresh.map(({ id }) => id));
        const isOther = ({ id }: Entry) => !known.has(id);
        // What was read further up stays, where the two meet; what was just written here, below.
        const meets = Math.max(
          0,
          room.entries.findIndex(({ id }) => id === page[0]?.id),
        );
        const before = room.entries.slice(0, meets).filter(isOther);
        const last = Math.max(0, ...page.map(positionOf));
        const own = room.entries.slice(meets).filter((entry) => isOther(entry) && isBelow(entry, last));
        const above = isWhole && before.length === 0 ? "none" : "more";
        return { ...room, entries: [...before, ...fresh, ...own], above, below: "none" };
      }
      case "around":
        return { ...room, entries: page, above: "more", below: "more" };
      case "above": {
        const entries = merged(page, room.entries);
        const kept = room.anchor === undefined ? entries : entries.slice(0, MOST_ENTRIES);
        const below = kept.length < entries.length ? "more" : room.below;
        return { ...room, entries: kept, above: isWhole ? "none" : "more", below };
      }
      case "below": {
        const entries = merged(room.entries, page);
        const kept = entries.slice(-MOST_ENTRIES);
        const above = kept.length < entries.length ? "more" : room.above;
        return { ...room, entries: kept, above, below: isWhole ? "none" : "more" };
      }
    }
  });
}

/** Something was written, or has happened in a group. `isSeen`: its conversation is what is looked at. */
export function wrote(model: Model, message: Message, isSeen: boolean): Model {
  const key = keyOf(message.conversation);
  const renamed = message.notice?.kind === "renamed" ? keyOf(message.notice.name) : undefined;
  const at = renamed === undefined || renamed === key ? model : renamedRoom(model, renamed, key);
  return withRoom(at, key, (room) => {
    const place = message.position ?? 0;
    if (room.entries.some(({ id }) => id === message.id)) return room;
    const isNews = !message.own && message.notice === undefined && place > room.shown;
    const isMention = isNews && (mentions(message.text, model.me) || message.replyTo?.own === true);
    // What is just typed has no place yet, and is in no page that is read.
    const isFollowed = (room.above !== "unread" || place === 0) && room.below === "none";
    const entries = isFollowed ? [...room.entries, entryOf(message)] : room.entries;
    const kept = room.anchor === undefined ? entries.slice(-MOST_ENTRIES) : entries;
    const unseen = isNews && !isSeen;
    // What waited for this device is new also to one who sees it come.
    const isNew = unseen || (isNews && message.queued);
    const isAlarm = !isSeen && ALARMS.has(message.notice?.kind);
    return {
      ...room,
      name: message.conversation,
      entries: kept,
      above: kept.length < entries.length ? "more" : room.above,
      unread: room.unread + (unseen ? 1 : 0),
      marked: room.marked || isAlarm || (unseen && isMention),
      newAfter: isNew && room.newAfter === undefined ? place - 1 : room.newAfter,
    };
  });
}

/** Own messages that were just typed have an id of this screen's until the client gives them theirs. */
export function named(model: Model, key: string, typedId: string, id: string): Model {
  // It may have been read in a page meanwhile.
  if (has(model, key, id))
    return withRoom(model, key, (room) => ({
      ...room,
      entries: room.entries.filter((entry) => entry.id !== typedId),
    }));
  return changed(model, key, typedId, (message) => ({ ...message, id }));
}

export function became(model: Model, event: StateEvent): Model {
  const { id, conversation, state, delivered, of, reason } = event;
  return changed(model, keyOf(conversation), id, (message) => {
    const { reason: before, ...rest } = message;
    const why = reason ?? (state === message.state ? before : undefined);
    return { ...rest, state, delivered, of, ...(why === undefined ? {} : { reason: why }) };
  });
}

/** The other person has read what was written to them, up to this message: what was just typed has an id alone. */
function wasRead(model: Model, { conversation, id, position }: ReadEvent): Model {
  const key = keyOf(conversation);
  if (!model.rooms.has(key)) return model;
  return withRoom(model, key, (room) => {
    const last = room.entries.findLastIndex((entry) => entry.id === id);
    const entries = room.entries.map((entry, at) => {
      if (entry.kind !== "message" || !entry.message.own || entry.message.read === true) return entry;
      const isUpTo = at <= last || (entry.message.position ?? Number.POSITIVE_INFINITY) <= position;
      return isUpTo ? entryOf({ ...entry.message, read: true }) : entry;
    });
    return { ...room, entries };
  });
}

/** Something was said about a message: it is shown as it is now, and so is what quotes it. */
function remarked(model: Model, { message: now, change }: ChangedEvent): Model {
  const { id, conversation, sender, own, text, deleted } = now;
  const quoted = { id, sender, own, text, ...(deleted === undefined ? {} : { deleted }) };
  const again = (entry: Entry): Entry => {
    if (entry.kind !== "message") return entry;
    if (entry.id === id) return entryOf(now);
    if (entry.message.replyTo?.id === id) return entryOf({ ...entry.message, replyTo: quoted });
    return entry;
  };
  const key = keyOf(conversation);
  if (!model.rooms.has(key)) return model;
  return withRoom(model, key, (room) => ({
    ...room,
    entries: room.entries.map(again),
    stirred: room.stirred || (key !== model.current && isStir(now, change)),
    composing: reworded(room.composing, now),
  }));
}

/** Whether its user may want to know of it, without being called there: a reaction to their words, others' new words. */
function isStir({ own }: Message, change: ChangedEvent["change"]): boolean {
  if (change.kind === "reaction") return own && !change.own && change.emoji !== undefined;
  return change.kind === "edited" && !change.own;
}

/** Whether a message with this id is seen in the conversation. */
export function has(model: Model, key: string, id: string): boolean {
  return roomOf(model, key).entries.some((entry) => entry.id === id);
}

/** Something that this screen alone has to say, at the end of a conversation. */
export function said(model: Model, key: string, id: string, lines: readonly Line[]): Model {
  return withRoom(model, key, (room) => ({
    ...room,
    entries: [...room.entries, { kind: "aside", id, lines }],
  }));
}

function changed(model: Model, key: string, id: string, change: (message: Message) => Message): Model {
  const room = roomOf(model, key);
  // What changes is mostly new.
  const at = room.entries.findLastIndex((entry) => entry.id === id);
  const entry = room.entries[at];
  if (entry === undefined || entry.kind !== "message") return model;
  return withRoom(model, key, (room) => ({
    ...room,
    entries: room.entries.with(at, entryOf(change(entry.message))),
  }));
}

function renamedRoom(model: Model, from: string, to: string): Model {
  const room = model.rooms.get(from);
  if (room === undefined) return model;
  // In its place in the list.
  const rooms = [...model.rooms].map(([key, one]): [string, Room] => (key === from ? [to, one] : [key, one]));
  return { ...model, rooms: new Map(rooms), current: model.current === from ? to : model.current };
}

/** What this screen alone had to say goes on standing after the message that it stood after. */
function withAsides(page: readonly Entry[], entries: readonly Entry[]): Entry[] {
  const after = new Map<string, Entry[]>(page.map(({ id }) => [id, []]));
  let asides: Entry[] | undefined;
  for (const entry of entries)
    if (entry.kind === "aside") asides?.push(entry);
    else asides = after.get(entry.id);
  return page.flatMap((entry) => [entry, ...(after.get(entry.id) ?? [])]);
}

/** Its place among the messages; 0 where it has none. */
function positionOf(entry: Entry): number {
  return entry.kind === "message" ? (entry.message.position ?? 0) : 0;
}

/** Whether it stands after everything that has a place. */
function isBelow(entry: Entry, last: number): boolean {
  return entry.kind === "aside" || (entry.message.position ?? Number.POSITIVE_INFINITY) > last;
}

function entryOf(message: Message): Entry {
  return { kind: "message", id: message.id, message };
}

/** One after the other, what is in both once. */
function merged(first: readonly Entry[], second: readonly Entry[]): Entry[] {
  const known = new Set(first.map(({ id }) => id));
  return [...first, ...second.filter(({ id }) => !known.has(id))];
}
