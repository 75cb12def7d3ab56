// A conversation with bob in which messages are chosen, and what is seen of it from a seat.
// Must not know what is tested.

import type { HistoryQuery, Message } from "../../src/client/events.ts";
import { FakeFace, message } from "../cli/chat-face.ts";
import type { Seat } from "./seat.ts";

export const said = (from: string, text: string, position: number, more: Partial<Message> = {}) =>
  message(from, text, { conversation: "bob", id: `b${position}`, position, own: from === "alice", ...more });

/** Four messages with bob: the second answers the first, and the last tells of a file. */
export function talk(): FakeFace {
  const face = new FakeFace();
  face.listed = [{ name: "bob", unread: 0, mentioned: false, shown: 99, newestAt: 1 }];
  face.messages = [
    said("alice", "Is the lab open?", 1),
    said("bob", "from nine", 2, {
      replyTo: { id: "b1", sender: "alice", own: true, text: "Is the lab open?" },
    }),
    said("alice", "thanks", 3),
    said("alice", "notes.pdf", 4, { file: { name: "notes.pdf", size: 1, sha256: "" } }),
  ];
  return face;
}

export const shows = (at: Seat, text: string) => at.screen.some((row) => row.includes(text));
/** The message that is pointed at. */
export const pointed = (at: Seat) => at.screen.find((row) => row.includes("▸"))?.replace(/^.*▸/, "");
/** What is typed, behind the prompt. */
export const input = (at: Seat) => at.screen.at(-2)?.replace(/^.*│ /, "").trimEnd();
/** What was done with messages. */
export const done = ({ face }: Seat) => face.asked.filter((asked) => !asked.startsWith("history"));

/** It answers page by page, as the client does. */
export class Paged extends FakeFace {
  override async history({
    before = Number.POSITIVE_INFINITY,
    limit,
  }: HistoryQuery): Promise<readonly Message[]> {
    return this.messages.filter(({ position = 0 }) => position < before).slice(-limit);
  }
}
