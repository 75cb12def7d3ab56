// The client for a chat that keeps to itself: what is read and that something is written is not told to anybody, nor does it
// show what others have read or write. Must not know what else is done with a client.

import type { ClientEvent, Face, HistoryQuery, Message } from "../client/events.ts";

export function quietFace(face: Face): Face {
  const quiet: Pick<Face, "shown" | "typing" | "history" | "subscribe"> = {
    shown: (conversation, position) => face.shown(conversation, position),
    typing: () => Promise.resolve(),
    history: async (query: HistoryQuery) => (await face.history(query)).map(unread),
    subscribe: (listener) =>
      face.subscribe((event) => {
        const heard = quieter(event);
        if (heard !== undefined) listener(heard);
      }),
  };
  return new Proxy(face, {
    get(target, key) {
      const source = Object.hasOwn(quiet, key) ? quiet : target;
      const value: unknown = Reflect.get(source, key);
      return typeof value === "function" ? value.bind(source) : value;
    },
  });
}

function quieter(event: ClientEvent): ClientEvent | undefined {
  if (event.type === "read" || event.type === "typing") return undefined;
  return event.type === "changed" ? { ...event, message: unread(event.message) } : event;
}

function unread(message: Message): Message {
  const { read: _, ...rest } = message;
  return rest;
}
