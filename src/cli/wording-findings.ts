// What classchat doctor says of each finding, one line each, and what to do about it.
// Must not judge: how bad it is was decided where it was found.

import type { Finding } from "../client/diagnosis.ts";
import { printable } from "../domain/text.ts";
import type { StoreFailure } from "../ports.ts";
import type { KeyKind } from "../store/key-source.ts";
import { counted } from "./output.ts";
import { isGroup } from "./typed-names.ts";
import { offlineText, storeText } from "./wording.ts";

/** One line, and what to do where there is something to do. */
export interface FindingText {
  readonly line: string;
  readonly hint?: string;
}

/** `user`: whose profile it is, for commands to type. */
export function findingText(finding: Finding, user: string): FindingText {
  switch (finding.about) {
    case "server":
      return serverText(finding);
    case "pin":
      return pinText(finding);
    case "account":
      return accountText(finding);
    case "clock":
      return finding.level === "ok"
        ? { line: "this machine's clock agrees with the server's" }
        : clockText(finding.ahead);
    case "queue":
      return queueText(finding, user);
    case "key-packages":
      return finding.held > 0
        ? {
            line: `the server holds ${counted(finding.held, "key package")} for people who write to you first`,
          }
        : {
            line: "the server holds no key package of this profile but the last one",
            hint: "new ones are made at the next connection",
          };
    case "conversation":
      return conversationText(finding, user);
  }
}

/** `ahead`: ms that this machine's clock is ahead of the server's. */
export function clockText(ahead: number): { readonly line: string; readonly hint: string } {
  const side = ahead > 0 ? "ahead of" : "behind";
  return {
    line: `this machine's clock is off by ${spanText(Math.abs(ahead))}: it is ${side} the server's`,
    hint: "set the clock; until then the server's time is gone by",
  };
}

export function vaultText(key: KeyKind | undefined, folder: string): FindingText {
  const line = "the vault of this profile opens";
  switch (key) {
    case undefined:
      return { line: `${line}: another command has it open` };
    case "keyring":
      return { line: `${line}, its key is in the keyring` };
    case "passphrase":
      return { line: `${line}, its key is made from a passphrase` };
    case "file":
      return {
        line: `${line}, its key is the file ${folder}/vault.key`,
        hint: "whoever can read that file can read your messages; keep it to yourself",
      };
  }
}

/** `2 minutes`, `3 hours`, `365 days`, of a span in ms. */
function spanText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return counted(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return hours < 48 ? counted(hours, "hour") : counted(Math.round(hours / 24), "day");
}

function serverText({ host, port, className, version, cause }: Of<"server">): FindingText {
  if (cause !== undefined) {
    const { line, hint } = offlineText(cause);
    return { line: `${host}:${port}: ${line}`, hint };
  }
  const name = printable(className ?? "", { lines: false });
  return { line: `${name} answers at ${host}:${port}, protocol version ${version ?? "?"}` };
}

function pinText({ level, pinned, found }: Of<"pin">): FindingText {
  if (level === "fail")
    return {
      line: `the server's key is ${found ?? "another"}, not ${pinned ?? "?"} which this profile trusts`,
      hint: "nothing was sent to it; ask the instructor whether the server was set up anew, and for its link",
    };
  if (pinned === undefined)
    return {
      line: "no key of the server is known yet",
      hint: "the first one that is met will be trusted; join with the instructor's link to be sure",
    };
  return {
    line: `${found === undefined ? "this profile trusts the server's key" : "the server's key is the trusted"} ${pinned}`,
  };
}

function accountText({ level, name, there }: Of<"account">): FindingText {
  if (level === "ok") return { line: `the server knows this device as ${name}` };
  if (there === undefined)
    return {
      line: `the server does not know this device`,
      hint: `the next connection registers ${name}, if the name is still free; if it is refused, join with the link again`,
    };
  return {
    line: `the server knows this device as ${printable(there, { lines: false })}, not as ${name}`,
    hint: "use that name, or make a new profile with another --user",
  };
}

function queueText({ waiting, accepted, atServer }: Of<"queue">, user: string): FindingText {
  const there = atServer === undefined ? [] : [`${counted(atServer, "message")} for you at the server`];
  const parts = [
    `${counted(waiting, "message")} of yours kept here`,
    `${accepted} accepted and not delivered yet`,
    ...there,
  ];
  const hint = [
    ...(waiting > 0 ? [`what is kept goes out at the next connection: classchat chat --user ${user}`] : []),
    ...(atServer !== undefined && atServer > 0 ? [`read what waits: classchat receive --user ${user}`] : []),
  ].join("; ");
  return { line: parts.join(", "), ...(hint === "" ? {} : { hint }) };
}

function conversationText(finding: Of<"conversation">, user: string): FindingText {
  const { name, epoch, cursor, server, trust } = finding;
  const who = name === undefined ? "somebody" : printable(name, { lines: false });
  const here = epoch === undefined ? [] : [`epoch ${epoch}, read up to ${cursor ?? 0}`];
  const there = server === undefined ? [] : [`server: epoch ${server.epoch}, up to ${server.head}`];
  const key = trust === "changed" ? ["KEY CHANGED"] : trust === "verified" ? ["key compared"] : [];
  const more = [...here, ...there, ...key].join("; ");
  const { line, hint } = standsText(finding);
  const trusting =
    trust === "changed"
      ? `nothing is sent to ${who} until you accept the new key; ask in person, then: classchat trust ${who} --user ${user}`
      : undefined;
  const hints = [...(trusting === undefined ? [] : [trusting]), ...(hint === undefined ? [] : [hint])].join(
    "; ",
  );
  return {
    line: `${isGroup(who) ? "in" : "with"} ${who}: ${line}${more === "" ? "" : ` (${more})`}`,
    ...(hints === "" ? {} : { hint: hints }),
  };
}

function standsText({ stands, level }: Of<"conversation">): FindingText {
  switch (stands) {
    case "follows":
      return { line: "in order" };
    case "unasked":
      return { line: "its state loads" };
    case "begins":
      return { line: "it is to be begun at the server", hint: "that is done at the next connection" };
    case "invited":
      return { line: "an invitation waits at the server", hint: "it is joined at the next connection" };
    case "comes-back":
      return {
        line: "its keys here cannot go on",
        hint:
          level === "fail"
            ? "coming back with new keys did not work; write to the person, and tell the instructor"
            : "the next connection comes back with new keys; messages may be missing",
      };
    case "rewinds":
      return {
        line: "the server has an older copy of it than this device",
        hint: "the next connection sends again what is missing there; messages may be missing here",
      };
    case "gone":
      return {
        line: "the server does not have it any more",
        hint: "the next message begins it anew; tell the instructor, whose data may be an older copy",
      };
    case "full":
    case "read-only":
    case "busy":
    case "corrupt":
    case "newer":
    case "wrong-key":
    case "io":
      return storeFinding(stands);
  }
}

function storeFinding(reason: StoreFailure["reason"]): FindingText {
  const { line, hint } = storeText(reason);
  return { line, hint };
}

type Of<A extends Finding["about"]> = Extract<Finding, { about: A }>;
