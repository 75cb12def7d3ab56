// `classchat send-file`: files on their way, and how far they came. Must not know how they travel.

import { resolve } from "node:path";
import type { Status } from "../client/events.ts";
import type { Transfer } from "../client/transfer-view.ts";
import { HolderGone } from "./attach-connection.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { FileProgress } from "./file-progress.ts";
import { homeFolder } from "./home.ts";
import { openProfile, type OpenProfile } from "./open-profile.ts";
import { type Output, output } from "./output.ts";
import { hintText } from "./output-messages.ts";
import { statusLine } from "./status-line.ts";
import { conversationName, isGroup } from "./typed-names.ts";
import { VERSION } from "./version.ts";
import { away, BREAK, nextEvent } from "./waiting.ts";
import { offlineText, reasonText } from "./wording.ts";
import { fileName, fileText, transferText } from "./wording-files.ts";

export interface SendFileOptions {
  readonly home?: string | undefined;
  readonly user: string;
  readonly server?: string | undefined;
  readonly to: string;
  readonly wait: "accepted" | "delivered";
  readonly timeout?: number | undefined;
  readonly json?: boolean | undefined;
}

/** How long those it is for are waited for once all is on the server, unless --timeout says so; ms. */
const TAKEN_WITHIN = 60_000;

/** One file. It is a transfer once it is kept on this device. */
interface Mine {
  readonly path: string;
  transfer?: Transfer;
}

type Offline = Extract<Status, { state: "offline" }>;

export async function sendFiles(paths: readonly string[], options: SendFileOptions): Promise<ExitCode> {
  const out = output(options.json ?? false);
  const to = conversationName(options.to);
  const files: Mine[] = paths.map((path) => ({ path: resolve(path) }));
  const until = options.timeout === undefined ? undefined : Date.now() + 1000 * options.timeout;
  const failures: Failure[] = [];
  for (;;) {
    const { home, user, server } = options;
    const common = { home: homeFolder(home), user, server, create: false, version: VERSION, note: out.note };
    const profile = await openProfile(common);
    try {
      for (const file of files.slice()) {
        if (file.transfer !== undefined) continue;
        const sent = await profile.face.sendFile(to, file.path);
        if (sent.ok) file.transfer = sent.value;
        else {
          files.splice(files.indexOf(file), 1);
          failures.push(refused(file.path, sent.reason, to));
        }
      }
      const offline = await follow(files, profile, until, options, out);
      for (const { transfer } of files) if (transfer !== undefined) tell(transfer, options.wait, out);
      return ending(files, failures, offline, to, options, out);
    } catch (error) {
      // The command that this one went through is done; what was begun is kept, and is seen to from here. A file of which
      // it is not known whether it was begun must not be begun twice.
      const isKnown = files.every(({ transfer }) => transfer !== undefined);
      if (!(error instanceof HolderGone) || !(isKnown || error.isUndone)) throw error;
    } finally {
      await profile.close();
    }
  }
}

/** Until all have come as far as they must; or why not: the server is away, or it takes too long. */
async function follow(
  files: readonly Mine[],
  { face, holderGone }: OpenProfile,
  until: number | undefined,
  { wait, timeout = 0 }: SendFileOptions,
  out: Output,
): Promise<Offline | undefined> {
  const bar = statusLine(out);
  const progress = new FileProgress(() => Date.now());
  const saw = (transfer: Transfer) => {
    const mine = files.find((file) => file.transfer?.number === transfer.number);
    if (mine === undefined) return;
    mine.transfer = transfer;
    progress.saw(transfer);
    bar.show(progress.line());
  };
  const isOver = () => files.every(({ transfer }) => transfer !== undefined && hasCome(transfer, wait));
  const isOnServer = () =>
    files.every(({ transfer }) => transfer !== undefined && hasCome(transfer, "accepted"));
  const late = Promise.withResolvers<"late">();
  let timer = until === undefined ? undefined : setTimeout(() => late.resolve("late"), until - Date.now());
  const waiting = nextEvent(
    face,
    (event): "over" | undefined => {
      if (event.type !== "transfer") return undefined;
      saw(event.transfer);
      if (until === undefined && isOnServer()) timer ??= setTimeout(() => late.resolve("late"), TAKEN_WITHIN);
      return isOver() ? "over" : undefined;
    },
    {},
  );
  const broken = away(face, Math.max(1000 * timeout, BREAK), timeout > 0);
  try {
    // What has happened before anybody listened.
    for (const transfer of await face.transfers()) saw(transfer);
    if (isOver()) return undefined;
    const gone = holderGone?.then(() => Promise.reject(new HolderGone()));
    const ends = [waiting.found, broken.found, late.promise, ...(gone === undefined ? [] : [gone])];
    const ended = await Promise.race(ends);
    return typeof ended === "object" ? ended : undefined;
  } finally {
    clearTimeout(timer);
    waiting.cancel();
    broken.cancel();
    bar.clear();
  }
}

function hasCome({ state }: Transfer, wait: SendFileOptions["wait"]): boolean {
  return (
    state === "failed" ||
    state === "cancelled" ||
    state === "taken" ||
    (state === "sent" && wait === "accepted")
  );
}

function tell(transfer: Transfer, wait: SendFileOptions["wait"], out: Output): void {
  const { id, conversation, name, size, sha256, state, got = 0, of = 1, reason } = transfer;
  const why = reason === undefined ? undefined : reasonText(reason);
  if (out.json) {
    const come =
      state === "taken" && got === of
        ? "delivered"
        : state === "sent" || state === "taken"
          ? "accepted"
          : state === "failed" || state === "cancelled"
            ? "failed"
            : "waiting";
    const about = { conversation, name, size, ...(sha256 === undefined ? {} : { sha256 }) };
    const problem =
      why === undefined ? {} : { reason, problem: why.line, hint: hintText(why.hint, conversation) };
    out.object({ type: "sent", id, state: come, delivered: got, of, ...about, ...problem });
  } else if (hasCome(transfer, wait) && state !== "failed" && state !== "cancelled")
    out.print(`${fileText(transfer)} to ${conversation}: ${transferText(transfer)}`);
}

/** The exit code, or the first thing that went wrong; the others before it, each in a line. */
function ending(
  files: readonly Mine[],
  refusals: readonly Failure[],
  offline: Offline | undefined,
  to: string,
  { wait }: SendFileOptions,
  out: Output,
): ExitCode {
  const failures = [...refusals];
  const waiting: Transfer[] = [];
  for (const { transfer } of files) {
    if (transfer?.state === "failed" || transfer?.state === "cancelled")
      failures.push(refused(transfer.name, transfer.reason ?? "cancelled", to));
    else if (transfer !== undefined && !hasCome(transfer, wait)) waiting.push(transfer);
  }
  if (waiting.length > 0) failures.push(kept(waiting, offline, to));
  const [first, ...more] = failures;
  if (first === undefined) return EXIT.done;
  for (const { message, hint } of more) out.note(`classchat: ${message}\nhint: ${hint}`);
  throw first;
}

function refused(path: string, reason: Parameters<typeof reasonText>[0], to: string): Failure {
  const { code, line, hint } = reasonText(reason);
  return new Failure(code, {
    line: `${fileName(path)} was not sent to ${to}: ${line}`,
    hint: hintText(hint, to),
  });
}

function kept(waiting: readonly Transfer[], offline: Offline | undefined, to: string): Failure {
  const names = waiting.map(({ name }) => fileName(name)).join(", ");
  if (offline !== undefined) {
    const { code, line, hint } = offlineText(offline.cause);
    return new Failure(code === EXIT.unreachable ? EXIT.waiting : code, {
      line: `kept for ${to}, not sent yet: ${names}: ${line}`,
      hint: `it goes on when this profile next connects; ${hint}`,
    });
  }
  const isOnServer = waiting.every(({ state }) => state === "sent");
  const reason = waiting.find((transfer) => transfer.reason !== undefined)?.reason;
  const why = reason === undefined ? "" : `: ${reasonText(reason).line}`;
  const away = isGroup(to) ? `not everybody in ${to} has it yet` : `${to} does not have it yet`;
  return new Failure(EXIT.waiting, {
    line: isOnServer ? `${away}: ${names}` : `not all of it is on the server yet: ${names}${why}`,
    hint: "it goes on by itself whenever this profile is connected; nothing needs to be sent again",
  });
}
