// What is said to people for each reason why something was refused or failed, and the exit code it means.
// Must not decide what is done about it.

import type { FailureReason } from "../client/failure-reason.ts";
import { MAX_NAME } from "../domain/name.ts";
import { MAX_TEXT } from "../domain/text.ts";
import { MAX_MEMBERS } from "../wire/limits.ts";
import { EXIT, type ExitCode, type Said } from "./exit.ts";
import { FILE_REASONS } from "./wording-files.ts";

const TRY_AGAIN = "try again in a moment; what you wrote is kept";
const VERSIONS = "use the same version of classchat on both sides: classchat --version";

export const REASONS: Readonly<Record<FailureReason | "offline", Said & { readonly code: ExitCode }>> = {
  offline: {
    code: EXIT.unreachable,
    line: "the server cannot be reached now",
    hint: "is it running, and is this machine on the same network?",
  },
  malformed: {
    code: EXIT.refused,
    line: "the server could not make sense of what it was sent",
    hint: VERSIONS,
  },
  "too-large": {
    code: EXIT.refused,
    line: "that is too large for the server",
    hint: `a message may have ${MAX_TEXT / 1024} KiB of text`,
  },
  "unsupported-version": {
    code: EXIT.refused,
    line: "the server speaks another version of the protocol",
    hint: VERSIONS,
  },
  "unknown-type": { code: EXIT.refused, line: "the server does not know this request", hint: VERSIONS },
  "no-certificate": {
    code: EXIT.refused,
    line: "the server got no key from this device",
    hint: "join with classchat itself, not with another TLS program",
  },
  "hello-first": { code: EXIT.refused, line: "the server expected a greeting first", hint: VERSIONS },
  "not-registered": {
    code: EXIT.refused,
    line: "the server does not know this device",
    hint: "join again with the link: classchat join LINK --user NAME",
  },
  "wrong-secret": {
    code: EXIT.refused,
    line: "the server asks for its link before it lets you in",
    hint: "ask the instructor for a link that lets you in: classchat join LINK --user NAME",
  },
  "bad-credential": {
    code: EXIT.refused,
    line: "the server does not accept this profile's keys",
    hint: "join under another name, or update classchat",
  },
  "name-invalid": {
    code: EXIT.refused,
    line: "the server does not accept this name",
    hint: `1 to ${MAX_NAME} letters, digits, '.', '_' or '-'`,
  },
  "name-taken": {
    code: EXIT.refused,
    line: "this name is taken by somebody else",
    hint: "choose another name; if it was yours on another machine, ask the instructor: classchat free-name NAME",
  },
  "name-alike": {
    code: EXIT.refused,
    line: "this name looks too much like one that is taken",
    hint: "choose a name that cannot be mistaken for somebody else's",
  },
  "device-taken": {
    code: EXIT.refused,
    line: "this device is registered under another name",
    hint: "use that name, or make a new profile with another --user",
  },
  "no-such-user": {
    code: EXIT.refused,
    line: "nobody in this class has that name",
    hint: "who is in it: classchat users",
  },
  "no-key-package": {
    code: EXIT.refused,
    line: "that person has not finished joining yet",
    hint: "it goes out by itself once they have been online",
  },
  "no-such-log": {
    code: EXIT.refused,
    line: "the server does not have this conversation any more",
    hint: "tell the instructor: its data may have been replaced by an older copy",
  },
  "not-member": {
    code: EXIT.refused,
    line: "this device is not in that conversation",
    hint: "write to the person again; a new conversation is begun",
  },
  "log-exists": { code: EXIT.refused, line: "the conversation exists already", hint: TRY_AGAIN },
  "wrong-log": {
    code: EXIT.refused,
    line: "the server takes that conversation for another one",
    hint: VERSIONS,
  },
  "stale-epoch": { code: EXIT.refused, line: "the conversation has moved on", hint: "send it again" },
  "too-many": { code: EXIT.refused, line: "too many requests at once", hint: TRY_AGAIN },
  "storage-full": {
    code: EXIT.refused,
    line: "the server's disk is full",
    hint: "tell the instructor; what you wrote is kept and sent when there is room",
  },
  "storage-failed": {
    code: EXIT.refused,
    line: "the server could not write to its disk",
    hint: "tell the instructor; what you wrote is kept and sent later",
  },
  "shutting-down": {
    code: EXIT.unreachable,
    line: "the server is shutting down",
    hint: "what you write is kept and sent when it is back",
  },
  "taken-over": {
    code: EXIT.refused,
    line: "this profile has connected from somewhere else, which took over",
    hint: "one profile is one device: join under another name on the other machine",
  },
  "slow-reader": {
    code: EXIT.unreachable,
    line: "the server gave up sending: this side read too slowly",
    hint: "check the network; nothing is lost",
  },
  idle: {
    code: EXIT.unreachable,
    line: "the server heard nothing for too long",
    hint: "check the network; nothing is lost",
  },
  quota: {
    code: EXIT.refused,
    line: "too much that you sent still waits on the server for others",
    hint: "send it again when they have been online; how much may wait is the instructor's choice (serve --quota)",
  },
  "no-such-group": {
    code: EXIT.refused,
    line: "there is no such group",
    hint: "which there are: classchat groups",
  },
  "group-exists": {
    code: EXIT.refused,
    line: "there is a group of that name already",
    hint: "join it, or choose another name: classchat groups join NAME",
  },
  "group-alike": {
    code: EXIT.refused,
    line: "this name looks too much like that of another group",
    hint: "choose a name that cannot be mistaken for it: classchat groups",
  },
  "group-closed": {
    code: EXIT.refused,
    line: "the group is closed",
    hint: "nobody writes, joins or changes it any more; what was said is kept on this device",
  },
  "group-full": {
    code: EXIT.refused,
    line: "the group is full",
    hint: `a group has ${MAX_MEMBERS.toLocaleString("en-GB")} devices at most`,
  },
  "invite-only": {
    code: EXIT.refused,
    line: "the group is private",
    hint: "ask one of its admins to add you: classchat groups members NAME",
  },
  barred: {
    code: EXIT.refused,
    line: "an admin has taken you out of this group",
    hint: "ask one of its admins to add you again: classchat groups members NAME",
  },
  "already-in": {
    code: EXIT.refused,
    line: "already in that group",
    hint: "who is in it: classchat groups members NAME",
  },
  forbidden: {
    code: EXIT.refused,
    line: "the server does not allow that: it is against the group's rules",
    hint: "who its admins are: classchat groups members NAME",
  },
  "not-in-group": {
    code: EXIT.failed,
    line: "you are not in that group",
    hint: "join it first: classchat groups join NAME",
  },
  "admins-only": {
    code: EXIT.refused,
    line: "only the group's admins may do that",
    hint: "who they are: classchat groups members NAME",
  },
  announcement: {
    code: EXIT.refused,
    line: "only admins write in that group",
    hint: "write to one of them directly: classchat groups members NAME",
  },
  "too-large-file": {
    code: EXIT.refused,
    line: "the server takes no file as large as this",
    hint: "how large one may be is the instructor's choice (serve --max-file-size)",
  },
  "no-space": {
    code: EXIT.refused,
    line: "the server has no room for this file now",
    hint: "tell the instructor; it goes on when there is room",
  },
  "file-quota": {
    code: EXIT.refused,
    line: "too many of your files still wait on the server for others",
    hint: "send it when they have been fetched, or cancel one",
  },
  "no-such-blob": {
    code: EXIT.refused,
    line: "the server does not have this file, or no more",
    hint: "ask for it to be sent again",
  },
  "invitation-expired": {
    code: EXIT.refused,
    line: "this link has expired",
    hint: "ask the instructor for a new one: classchat invite",
  },
  "invitation-used": {
    code: EXIT.refused,
    line: "this link has been used as often as it may be",
    hint: "ask the instructor for a link of your own: classchat invite",
  },
  "invitation-revoked": {
    code: EXIT.refused,
    line: "the instructor has revoked this link",
    hint: "ask the instructor for a new one: classchat invite",
  },
  "invitation-name": {
    code: EXIT.refused,
    line: "this link is for somebody of another name",
    hint: "join under the name that the instructor has on the list: classchat join LINK --user NAME",
  },
  ...FILE_REASONS,
  expired: {
    code: EXIT.refused,
    line: "not everyone fetched it while the server kept it",
    hint: "send it again; how long messages are kept is the instructor's choice (serve --retention)",
  },
  "key-changed": {
    code: EXIT.untrusted,
    line: "that person's key has changed: it may be a new machine, or somebody else",
    hint: "ask them in person, then: classchat trust NAME",
  },
  "bad-key": {
    code: EXIT.untrusted,
    line: "the server handed out keys that are not that person's",
    hint: "do not trust this server with anything; tell the instructor",
  },
  "no-such-message": {
    code: EXIT.failed,
    line: "there is no such message here",
    hint: "messages from before you came, and those of other conversations, cannot be meant",
  },
  "not-yours": {
    code: EXIT.failed,
    line: "somebody else wrote that message",
    hint: "one can change and delete one's own alone",
  },
  unchangeable: {
    code: EXIT.failed,
    line: "that message cannot be changed",
    hint: "it is deleted, it was not sent, or it is a file",
  },
  yourself: { code: EXIT.usage, line: "that is you", hint: "name somebody else: classchat users" },
};
