// What is said to people when something does not go: one line, a hint, and the exit code it means.
// Must not decide what is done about it.

import type { OfflineCause } from "../client/events.ts";
import type { FailureReason } from "../client/failure-reason.ts";
import type { NameFault } from "../domain/name.ts";
import { MAX_NAME } from "../domain/name.ts";
import { MAX_TEXT } from "../domain/text.ts";
import type { StoreFailure } from "../ports.ts";
import type { VaultRefusal } from "../store/vault-open.ts";
import { EXIT, type ExitCode, type Said } from "./exit.ts";
import { REASONS } from "./wording-refusals.ts";

/** Why a message was not sent or a request not answered. */
export function reasonText(reason: FailureReason | "offline"): Said & { readonly code: ExitCode } {
  return REASONS[reason];
}

/** Why there is no connection. */
export function offlineText(cause: OfflineCause): Said & { readonly code: ExitCode } {
  switch (cause.kind) {
    case "refused":
      return REASONS[cause.code];
    case "lost":
      return {
        code: EXIT.unreachable,
        line: "the connection was lost",
        hint: "it is tried again by itself; nothing is lost",
      };
    case "storage":
      return storeText(cause.reason);
    case "dial":
      break;
  }
  switch (cause.failure.cause) {
    case "unreachable":
      return {
        code: EXIT.unreachable,
        line: `no server answers (${cause.failure.detail})`,
        hint: "is classchat serve running there, and is this machine on the same network?",
      };
    case "timeout":
      return {
        code: EXIT.unreachable,
        line: "the server did not answer in time",
        hint: "check the address, and whether a firewall stands between",
      };
    case "not-tls":
      return {
        code: EXIT.unreachable,
        line: "what answers there is not a classchat server",
        hint: "check the host and the port of the link",
      };
    case "wrong-key":
      return {
        code: EXIT.untrusted,
        line: "the server there is not the one this profile trusts: its key is another",
        hint: "nothing was sent to it; ask the instructor for the link again",
      };
  }
}

export function storeText(reason: StoreFailure["reason"]): Said & { readonly code: ExitCode } {
  const code = EXIT.failed;
  switch (reason) {
    case "full":
      return { code, line: "the disk is full", hint: "make room; nothing that was kept before is lost" };
    case "read-only":
      return {
        code,
        line: "the files there cannot be written to",
        hint: "check their owner and permissions",
      };
    case "busy":
      return {
        code,
        line: "another program holds these files",
        hint: "close it, or wait until it has ended; one that Ctrl-Z has put aside goes on with fg",
      };
    case "corrupt":
      return {
        code,
        line: "the stored data is damaged",
        hint: "keep the folder as it is, and put back a copy if you have one",
      };
    case "newer":
      return {
        code,
        line: "the stored data was written by a newer version of classchat",
        hint: "use that version: classchat --version tells which this is",
      };
    case "wrong-key":
      return {
        code,
        line: "the stored data does not open with this key",
        hint: "put back the key that belongs to this profile (vault.key, or the keyring's)",
      };
    case "io":
      return {
        code,
        line: "the disk does not work as it should",
        hint: "check the disk and the permissions of the folder",
      };
  }
}

export function keyText(reason: VaultRefusal, folder: string): Said {
  switch (reason) {
    case "moved":
      return {
        line: "this profile has moved to another machine",
        hint: "go on there; to have it here again, move it back: classchat import-identity --help",
      };
    case "wrong-passphrase":
      return {
        line: "that is not the passphrase of this profile",
        hint: "try again; it cannot be recovered",
      };
    case "passphrase-needed":
      return {
        line: "this profile is guarded by a passphrase",
        hint: "run it on a terminal, or set CLASSCHAT_PASSPHRASE",
      };
    case "keyring-locked":
      return {
        line: "the keyring that has this profile's key does not open",
        hint: "log in to the desktop, or unlock the keyring, and try again",
      };
    case "key-file-missing":
      return { line: "the key of this profile is missing", hint: `put back ${folder}/vault.key` };
    case "key-file-open-to-others":
      return {
        line: "others on this machine can read the key of this profile",
        hint: `chmod 600 ${folder}/vault.key`,
      };
    case "keyring-key-missing":
      return {
        line: "the keyring has lost the key of this profile",
        hint: "put it back from a copy of the keyring; without it the profile cannot be read",
      };
    case "key-file-corrupt":
      return {
        line: "the key file of this profile is damaged",
        hint: `put back a copy of ${folder}/vault.key`,
      };
    case "header-corrupt":
    case "header-missing":
      return {
        line: "the description of this profile's key is missing or damaged",
        hint: `put back a copy of ${folder}/vault.json`,
      };
    case "header-newer":
      return {
        line: "this profile was made by a newer version of classchat",
        hint: "use that version: classchat --version tells which this is",
      };
  }
}

export function nameText(why: NameFault): Said {
  const hint = `1 to ${MAX_NAME} letters, digits, '.', '_' or '-', beginning with a letter or digit`;
  switch (why) {
    case "empty":
      return { line: "the name is empty", hint };
    case "too-long":
      return { line: "the name is too long", hint };
    case "characters":
      return { line: "the name has characters that a name cannot have", hint };
    case "mixed-scripts":
      return { line: "the name mixes letters of several scripts", hint: "use the letters of one script" };
    case "look-alike":
      return {
        line: "the name could be mistaken for one in Latin letters",
        hint: "use Latin letters, or a name that does not look like one",
      };
  }
}

export function textText(why: "empty" | "too-large" | "control", bytes: number): Said {
  switch (why) {
    case "empty":
      return { line: "the message is empty", hint: "write something, or '-' to read it from standard input" };
    case "too-large":
      return {
        line: `the message has ${Math.ceil(bytes / 1024)} KiB of text; ${MAX_TEXT / 1024} KiB is the limit`,
        hint: "send it in several messages",
      };
    case "control":
      return {
        line: "the message has control characters",
        hint: "take them out (colours of a terminal, for instance); line ends and tabs are fine",
      };
  }
}
