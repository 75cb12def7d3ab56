// How messages are sent over lanes: as fast as a window allows, or at a pace. Must not know what a lane goes over.

import type { Lane } from "./lanes.ts";

/** Messages a sender has under way at once. */
export const WINDOW = 8;

/** Counts of one lane since its first message; they go on from one run to the next. */
export class Counts {
  sent = 0;
  received = 0;
  accepted = 0;
  confirmed = 0;
}

export type Running = readonly { readonly lane: Lane; readonly counts: Counts }[];

export interface Latencies {
  /** ms from `send` until the receiver had it, and until the sender knew that it was taken. */
  readonly received: readonly number[];
  readonly accepted: readonly number[];
}

/** Sends `each` messages on every lane, WINDOW under way on each; resolves when every sender knows of every one. */
export function flood(running: Running, each: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let unfinished = running.length;
  for (const { lane, counts } of running) {
    const end = counts.sent + each;
    const fill = () => {
      while (counts.sent < end && counts.sent - counts.accepted < WINDOW) {
        counts.sent++;
        lane.send();
      }
    };
    lane.events = {
      received(count) {
        counts.received = count;
      },
      accepted(count) {
        counts.accepted = count;
        fill();
      },
      confirmed(count) {
        counts.confirmed = count;
        if (count === end && --unfinished === 0) resolve();
      },
    };
    fill();
  }
  return promise;
}

/** Sends `rate` messages a second, going round the lanes, for `seconds`, whatever comes back. */
export async function pace(running: Running, rate: number, seconds: number): Promise<Latencies> {
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  const total = rate * seconds;
  const received: number[] = [];
  const accepted: number[] = [];
  let confirmed = 0;
  const sends = running.map(({ lane, counts }) => {
    const times: number[] = [];
    const { sent: first } = counts;
    const since = (n: number) => performance.now() - (times[n - first] ?? Number.NaN);
    lane.events = {
      received(count) {
        for (; counts.received < count; counts.received++) received.push(since(counts.received));
      },
      accepted(count) {
        for (; counts.accepted < count; counts.accepted++) accepted.push(since(counts.accepted));
      },
      confirmed(count) {
        confirmed += count - counts.confirmed;
        counts.confirmed = count;
        if (confirmed === total) resolve();
      },
    };
    return () => {
      counts.sent++;
      times.push(performance.now());
      lane.send();
    };
  });
  const start = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((performance.now() - start) * rate) / 1000));
    for (; sent < due; sent++) sends[sent % sends.length]?.();
    if (sent === total) clearInterval(timer);
  }, 1);
  await finished;
  return { received, accepted };
}
