// What is said to people about files: how large, how far, and why one does not come. File names are others' words.
// Must not decide what is done about it.

import type { FileReason, Transfer } from "../client/transfer-view.ts";
import { printable } from "../domain/text.ts";
import { EXIT, type ExitCode, type Said } from "./exit.ts";

export const FILE_REASONS: Readonly<Record<FileReason, Said & { readonly code: ExitCode }>> = {
  "file-not-found": { code: EXIT.usage, line: "there is no such file", hint: "check the path" },
  "not-a-file": {
    code: EXIT.usage,
    line: "that is a folder or a device, not a file",
    hint: "of a folder make one file first, such as a zip or a tar",
  },
  "file-unreadable": {
    code: EXIT.failed,
    line: "this user may not read that file",
    hint: "check its permissions, then go on: /resume N in the chat",
  },
  "folder-unwritable": {
    code: EXIT.failed,
    line: "the folder for received files cannot be written to",
    hint: "name another (--files DIR), then go on: /resume N in the chat",
  },
  "disk-full": {
    code: EXIT.failed,
    line: "there is not enough room on this machine's disk",
    hint: "make room, then go on: /resume N in the chat",
  },
  "disk-failed": {
    code: EXIT.failed,
    line: "this machine's disk failed",
    hint: "check it, then go on: /resume N in the chat",
  },
  "file-changed": {
    code: EXIT.failed,
    line: "the file was changed while it was being sent",
    hint: "send it again once nothing writes to it any more",
  },
  "altered-chunk": {
    code: EXIT.untrusted,
    line: "what the server gave out is not what was sent",
    hint: "what had come before is kept: /resume N asks once more; tell the instructor",
  },
  "wrong-hash": {
    code: EXIT.untrusted,
    line: "it is not the file that its sender told of, and was deleted",
    hint: "ask for it to be sent again",
  },
  cancelled: { code: EXIT.failed, line: "it was cancelled", hint: "send it again if it is wanted after all" },
  "taken-back": {
    code: EXIT.failed,
    line: "the server does not have it any more: its sender took it back, it was declined here, or its time was over",
    hint: "ask for it to be sent again",
  },
  "no-such-transfer": {
    code: EXIT.usage,
    line: "there is no file of that number",
    hint: "which there are: /files",
  },
  "not-now": { code: EXIT.usage, line: "that does not go with how far this file is", hint: "see /files" },
};

const UNITS = ["KB", "MB", "GB", "TB"] as const;

/** `17 bytes`, `1.2 MB`: in thousands, as disks are sold. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[power - 1]}`;
}

/** `2:07`, `1:02:03`. */
export function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, "0")}:${rest}`;
}

export function fileName(name: string): string {
  return printable(name, { lines: false });
}

/** `notes.pdf (1.2 MB)` */
export function fileText({ name, size }: Pick<Transfer, "name" | "size">): string {
  return `${fileName(name)} (${sizeText(size)})`;
}

/** How far it is, in words. `why`: of what failed, or waits. */
export function transferText(transfer: Transfer, why?: Said): string {
  const { state, done, size, got = 0, declined = 0, of, path = "", way } = transfer;
  const reason = why === undefined ? "" : `: ${why.line}`;
  const percent = size === 0 ? 0 : Math.floor((100 * done) / size);
  switch (state) {
    case "preparing":
      return "being read";
    case "sending":
      return `sending, ${percent} %${reason}`;
    case "sent":
    case "taken": {
      if (of === undefined || (state === "sent" && got + declined === 0)) return "on the server";
      const unwanted = declined === 0 ? "" : `, ${declined} did not want it`;
      return state === "taken" && got === of
        ? `delivered to ${got} of ${of}`
        : `${got} of ${of} have it${unwanted}`;
    }
    case "offered":
      return "waits for your word: /accept or /reject";
    case "receiving":
      return `receiving, ${percent} %${reason}`;
    case "received":
      return `in ${printable(path, { lines: false })}`;
    case "rejected":
      return "rejected";
    case "cancelled":
      return "cancelled";
    case "failed":
      return `${way === "out" ? "not sent" : "not received"}${reason}`;
  }
}
