// Waiting on a face for what a command needs, with an end to it. Must not know the commands.

import type { ClientEvent, Face, Status } from "../client/events.ts";

/** The first event for which `pick` answers something; undefined after `ms`, or when `signal` says stop. */
export function nextEvent<T>(
  face: Face,
  pick: (event: ClientEvent) => T | undefined,
  { ms, signal }: { readonly ms?: number | undefined; readonly signal?: AbortSignal | undefined },
): { readonly found: Promise<T | undefined>; readonly cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<T | undefined>();
  const stop = () => resolve(undefined);
  const timer = ms === undefined ? undefined : setTimeout(stop, ms);
  signal?.addEventListener("abort", stop);
  const unsubscribe = face.subscribe((event) => {
    const picked = pick(event);
    if (picked !== undefined) resolve(picked);
  });
  const found = promise.finally(() => {
    clearTimeout(timer);
    unsubscribe();
    signal?.removeEventListener("abort", stop);
  });
  return { found, cancel: stop };
}

type Reached = Extract<Status, { state: "online" | "catching-up" }>;

/** Whether the server is there: one can ask and write. */
export function isOnline(status: Status): status is Reached {
  return status.state === "online" || status.state === "catching-up";
}

/** Online, though what waited may still be coming, or why not: the first word on it. With `patience` (ms) a server that is away is waited for as long. */
export async function settled(face: Face, patience = 0): Promise<Status> {
  const until = Date.now() + patience;
  const isFinal = (status: Status) =>
    isOnline(status) || (status.state === "offline" && (status.again === undefined || Date.now() >= until));
  const waiting = nextEvent(
    face,
    (event) => (event.type === "status" && isFinal(event.status) ? event.status : undefined),
    {
      ms: patience > 0 ? patience : undefined,
    },
  );
  const now = await face.status();
  if (isFinal(now)) waiting.cancel();
  return (await waiting.found) ?? (await face.status());
}

/** As `settled`, and what waited has come, for which there are `ms` at the most: groups are then as they are now. */
export async function caughtUp(face: Face, patience: number, ms: number): Promise<Status> {
  const status = await settled(face, patience);
  if (status.state !== "catching-up") return status;
  const isOver = (status: Status) => status.state === "online" || status.state === "offline";
  const over = nextEvent(
    face,
    (event) => (event.type === "status" && isOver(event.status) ? true : undefined),
    { ms },
  );
  if (isOver(await face.status())) over.cancel();
  await over.found;
  return face.status();
}

/** How long a break of the connection is waited out where nothing else is said, ms. */
export const BREAK = 60_000;

type Away = Extract<Status, { state: "offline" }>;

/**
 * The server is away and will not be tried again, or has been for `patience` ms at a stretch; at once where it was not
 * there to begin with, unless `isWaited`. Never undefined but after `cancel`.
 */
export function away(
  face: Face,
  patience: number,
  isWaited: boolean,
): { readonly found: Promise<Away | undefined>; readonly cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<Away | undefined>();
  let since: ReturnType<typeof setTimeout> | undefined;
  let isBreak = isWaited;
  const saw = (status: Status) => {
    if (isOnline(status)) {
      isBreak = true;
      clearTimeout(since);
      since = undefined;
    } else if (status.state === "offline") {
      if (status.again === undefined || !isBreak) resolve(status);
      else since ??= setTimeout(() => resolve(status), patience);
    }
  };
  const unsubscribe = face.subscribe((event) => {
    if (event.type === "status") saw(event.status);
  });
  void face.status().then(saw, () => undefined); // that it cannot be asked is told elsewhere
  const found = promise.finally(() => {
    unsubscribe();
    clearTimeout(since);
  });
  return { found, cancel: () => resolve(undefined) };
}

/** Whether it is done in `ms`. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
