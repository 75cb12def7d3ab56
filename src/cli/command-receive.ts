// `classchat receive`: what others wrote and nobody here has shown yet, and what comes. Must not know how it came.

import type { ClientEvent, Message } from "../client/events.ts";
import { HolderGone } from "./attach-connection.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { openProfile } from "./open-profile.ts";
import { type Output, output } from "./output.ts";
import { ReceivingFiles } from "./receiving-files.ts";
import { tellChange, tellMessage } from "./output-messages.ts";
import { onStop } from "./stop.ts";
import { VERSION } from "./version.ts";
import { away, BREAK, isOnline, nextEvent, settled } from "./waiting.ts";
import { offlineText } from "./wording.ts";
import { clockText } from "./wording-findings.ts";
import { isOwnDoing } from "./wording-groups.ts";
import { readText } from "./wording-remarks.ts";
import { isGroup } from "./typed-names.ts";

export interface ReceiveOptions {
  readonly home?: string | undefined;
  readonly user: string;
  readonly server?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly files?: string | undefined;
  readonly autoAccept?: number | undefined;
  readonly timeout?: number | undefined;
  readonly json?: boolean | undefined;
}

export async function receive(options: ReceiveOptions): Promise<ExitCode> {
  const out = output(options.json ?? false);
  const stop = onStop();
  const { home, user, server, files: folder, autoAccept } = options;
  const profile = await openProfile({
    home: homeFolder(home),
    user,
    server,
    files: folder,
    autoAccept,
    create: false,
    version: VERSION,
    note: out.note,
  });
  const { face } = profile;
  const files = new ReceivingFiles(face, out, autoAccept);
  // One after the other, in the order of the events: a message is marked as shown once it is printed.
  let tail: Promise<unknown> = Promise.resolve();
  let printed = 0;
  const last = new Map<string, number>();
  const print = async (message: Message) => {
    const { conversation, position = 0, notice } = message;
    const isOwn = notice === undefined ? message.own : isOwnDoing(notice, profile.name);
    if (isOwn || position <= (last.get(conversation) ?? 0)) return;
    last.set(conversation, position);
    if (message.file === undefined || !out.json) tellMessage(out, message, profile.name);
    if (message.file !== undefined) await files.told(message);
    if (notice === undefined) printed += 1; // a message is what is waited for
    await face.shown(conversation, position);
  };
  const unread = async () => {
    for (const message of await face.unread()) await print(message);
  };
  const first = Promise.withResolvers<true>();
  const notice = notices(out, profile.name);
  const unsubscribe = face.subscribe((event) => {
    if (event.type === "message") {
      tail = tail
        .then(() => print(event.message))
        .then(() => (printed > 0 ? first.resolve(true) : undefined));
    } else if (event.type === "changed") {
      const { message, change } = event;
      if (change.kind !== "undone" && !change.own) tail = tail.then(() => tellChange(out, message, change));
    } else if (event.type === "transfer") files.saw(event.transfer);
    else if (options.follow) notice(event);
  });
  try {
    tail = tail.then(() => files.begin()).then(unread);
    await tail;
    const caughtUp = nextEvent(face, (event) => (event.type === "caught-up" ? true : undefined), {
      signal: stop.signal,
    });
    const ms = options.timeout === undefined ? undefined : 1000 * options.timeout;
    if (options.follow) {
      const over = nextEvent(face, (event) => (isOver(event) ? event.status : undefined), {
        signal: stop.signal,
      });
      const status = await settled(face);
      if (status.state === "offline" && status.again === undefined) throw unreachable(status);
      caughtUp.cancel();
      const gone = profile.holderGone?.then(() => Promise.reject(new HolderGone()));
      const ends = [
        over.found.then((ended) => (ended === undefined ? undefined : Promise.reject(unreachable(ended)))),
        ...(gone === undefined ? [] : [gone]),
        ...(ms === undefined ? [] : [Bun.sleep(ms)]),
      ];
      await Promise.race(ends);
      over.cancel();
      await tail;
      return EXIT.done;
    }
    const status = await settled(face, ms);
    if (!isOnline(status)) throw unreachable(status);
    // What waited is told before the end of it is.
    if (status.state === "catching-up") {
      const over = nextEvent(face, (event) => (isOver(event) ? event.status : undefined), {
        signal: stop.signal,
      });
      const ended = await Promise.race([caughtUp.found.then(() => undefined), over.found]);
      over.cancel();
      if (ended !== undefined) throw unreachable(ended);
    }
    caughtUp.cancel();
    await tail;
    if (printed === 0 && ms !== undefined) {
      await Promise.race([first.promise, stop.asked, Bun.sleep(ms)]);
      await tail;
      if (printed === 0) {
        throw new Failure(EXIT.waiting, {
          line: `nothing came in ${options.timeout} s`,
          hint: "messages that come later wait for you",
        });
      }
    }
    // What is on its way is not left half; it would go on with the next command.
    const broken = away(face, BREAK, true);
    const late = ms === undefined ? [] : [Bun.sleep(ms)];
    await Promise.race([files.idle(), broken.found, stop.asked, ...late]);
    broken.cancel();
    if (files.isIdle) return EXIT.done;
    throw new Failure(EXIT.waiting, {
      line: "not all of what was begun is here yet",
      hint: "the next command goes on from where this one ended",
    });
  } finally {
    unsubscribe();
    files.close();
    await profile.close();
  }
}

function unreachable(status: Awaited<ReturnType<typeof settled>>): Failure {
  if (status.state !== "offline") {
    return new Failure(EXIT.unreachable, {
      line: "the server did not answer in time",
      hint: "messages wait for you there",
    });
  }
  const said = offlineText(status.cause);
  return new Failure(said.code, said);
}

/** The connection is gone and will not be tried again. */
function isOver(event: ClientEvent): event is Extract<ClientEvent, { type: "status" }> {
  return event.type === "status" && event.status.state === "offline" && event.status.again === undefined;
}

/** What else a follower sees, oneself left out. Words come by `message` alone; that the server is away is told once. */
function notices(out: Output, me: string): (event: ClientEvent) => void {
  let isAway = false;
  return (event) => {
    if (event.type === "presence" && event.name === me) return;
    if (event.type !== "status") return notice(event, out);
    const { status } = event;
    if (status.state === "connecting" || status.state === "catching-up" || isOver(event)) return; // the latter ends the command, which says why
    if (status.state === "offline" && !isAway && !out.json) out.note(`* ${offlineText(status.cause).line}`);
    isAway = status.state === "offline";
  };
}

function notice(event: Exclude<ClientEvent, { type: "status" }>, out: Output): void {
  switch (event.type) {
    case "presence":
      if (out.json) out.object({ type: event.online ? "online" : "offline", name: event.name });
      else out.note(`* ${event.name} is ${event.online ? "here" : "gone"}`);
      break;
    case "key-changed":
      if (out.json)
        out.object({ type: "key-changed", name: event.name, pinned: event.pinned, found: event.found });
      else out.note(`! ${event.name}'s key has changed: ${event.pinned} is pinned, ${event.found} was met`);
      break;
    case "missing":
      if (out.json) out.object({ type: "missing", conversation: event.conversation });
      else {
        const where = isGroup(event.conversation) ? "in" : "from";
        out.note(`* messages ${where} ${event.conversation} may be missing here`);
      }
      break;
    case "read": {
      const { conversation, id } = event;
      if (out.json) out.object({ type: "read", conversation, id });
      else out.note(`* ${readText(conversation)}`);
      break;
    }
    case "clock-off":
      if (out.json) out.object({ type: "clock-off", ahead: event.ahead });
      else out.note(`* ${clockText(event.ahead).line}`);
      break;
    case "message":
    case "changed":
    case "state":
    case "transfer":
    case "typing":
    case "caught-up":
      break;
  }
}
