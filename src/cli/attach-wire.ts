// What is said on a profile's local socket: JSON, one object a line, and the schema of each line.
// Must not know sockets, nor what is done about a line.

import * as v from "valibot";
import type { ClientEvent, Face } from "../client/events.ts";
import { type askedTransfer, downloads, type transfer, transferAction } from "./attach-files.ts";
import type { finding } from "./attach-findings.ts";
import { type askedOutcome, type group, groupChange, type groupMember, newGroup } from "./attach-groups.ts";
import { answering } from "./attach-remarks.ts";
import * as shapes from "./attach-shapes.ts";

/** Raised whenever an older program could not read, or would misread, what is said. */
export const PROTOCOL = 5;
/** The most bytes of one line. JSON makes at most six bytes of each of the 64 KiB of a text. */
export const MAX_LINE = 1024 * 1024;

/** The first line from either side. This one keeps its form in all versions. */
const hello = v.object({ classchat: v.number(), program: v.pipe(v.string(), v.maxLength(64)) });
export type Hello = v.InferOutput<typeof hello>;

/** Chosen by whoever calls, never reused on a connection. */
const callNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const call = <M extends keyof Face, const A extends v.TupleItems>(method: M, args: A) =>
  v.object({ call: callNumber, method: v.literal(method), args: v.tuple(args) });

const anyCall = v.variant("method", [
  call("send", [v.string(), v.string(), v.nullish(answering)]),
  call("react", [v.string(), v.string(), v.nullable(v.string())]),
  call("edit", [v.string(), v.string(), v.string()]),
  call("remove", [v.string(), v.string()]),
  call("sendFile", [v.string(), v.string()]),
  call("transfers", []),
  call("changeTransfer", [v.string(), transferAction]),
  call("receiveInto", [downloads]),
  call("users", []),
  call("groups", []),
  call("members", [v.string()]),
  call("createGroup", [newGroup]),
  call("joinGroup", [v.string()]),
  call("leaveGroup", [v.string()]),
  call("changeGroup", [v.string(), groupChange]),
  call("history", [shapes.historyQuery]),
  call("conversations", []),
  call("unread", []),
  call("shown", [v.string(), v.number(), v.nullish(shapes.showing)]),
  call("typing", [v.string()]),
  call("verify", [v.string()]),
  call("verified", [v.string()]),
  call("trust", [v.string()]),
  call("status", []),
  call("diagnose", []),
]);
export type Call = v.InferOutput<typeof anyCall>;

/**
 * A list's items come one a line before its value, so that a history of any length fits. `ending` comes last, when all that
 * was taken is answered: what has no answer by then was not carried out.
 */
const holderLine = v.union([
  v.object({ ending: v.literal(true) }),
  v.object({ event: shapes.clientEvent }),
  v.object({ answer: callNumber, item: v.unknown() }),
  v.object({ answer: callNumber, value: v.unknown() }),
  v.object({ answer: callNumber, error: v.string() }),
]);
export type HolderLine = v.InferOutput<typeof holderLine>;

/** What a call came to, as it is answered. */
export interface Outcome {
  readonly items: readonly (
    | v.InferOutput<typeof shapes.message>
    | v.InferOutput<typeof shapes.person>
    | v.InferOutput<typeof shapes.conversation>
    | v.InferOutput<typeof group>
    | v.InferOutput<typeof groupMember>
    | v.InferOutput<typeof transfer>
    | v.InferOutput<typeof finding>
  )[];
  readonly value:
    | v.InferOutput<typeof shapes.sent>
    | v.InferOutput<typeof shapes.askedNothing>
    | v.InferOutput<typeof shapes.askedMessage>
    | v.InferOutput<typeof shapes.askedVerification>
    | v.InferOutput<typeof askedOutcome>
    | v.InferOutput<typeof askedTransfer>
    | v.InferOutput<typeof shapes.status>
    | v.InferOutput<typeof shapes.nothing>;
}

/** Undefined: the line is not one of these. */
export function readHello(line: unknown): Hello | undefined {
  return read(hello, line);
}

export function readCall(line: unknown): Call | undefined {
  return read(anyCall, line);
}

export function readHolderLine(line: unknown): HolderLine | undefined {
  return read(holderLine, line);
}

export function helloLine(program: string): Uint8Array {
  return encodeLine({ classchat: PROTOCOL, program } satisfies Hello);
}

export function endingLine(): Uint8Array {
  return encodeLine({ ending: true } satisfies HolderLine);
}

export function callLine(line: Call): Uint8Array {
  return encodeLine(line);
}

export function eventLine(event: ClientEvent): Uint8Array {
  return encodeLine({ event } satisfies HolderLine);
}

/** The lines of an answer, each made when it is asked for. */
export function* answerLines(answer: number, { items, value }: Outcome): Generator<Uint8Array> {
  for (const item of items) yield encodeLine({ answer, item } satisfies HolderLine);
  yield encodeLine({ answer, value } satisfies HolderLine);
}

export function faultLine(answer: number, error: unknown): Uint8Array {
  return encodeLine({ answer, error: shapes.faultOf(error) } satisfies HolderLine);
}

/** Bytes in any chunking to lines. */
export class LineReader {
  #rest = Buffer.alloc(0);
  /** How far `rest` was looked through without finding a line's end. */
  #searched = 0;

  push(chunk: string | Uint8Array): void {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    this.#rest = Buffer.concat([this.#rest, bytes]);
  }

  /** The next line's value. "broken": too long, not UTF-8 or not JSON; what follows means nothing any more. */
  next(): { readonly is: "line"; readonly value: unknown } | { readonly is: "none" | "broken" } {
    const end = this.#rest.indexOf(0x0a, this.#searched);
    if ((end === -1 ? this.#rest.length : end) > MAX_LINE) return { is: "broken" };
    if (end === -1) {
      this.#searched = this.#rest.length;
      return { is: "none" };
    }
    const line = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end + 1);
    this.#searched = 0;
    try {
      return { is: "line", value: JSON.parse(UTF8.decode(line)) };
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return { is: "broken" };
      throw error;
    }
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function encodeLine(line: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(line, bytesAsText)}\n`);
}

/** As the schemas read bytes. A Buffer has turned itself into a list before it is `value`, hence `this`. */
function bytesAsText(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const raw = this[key];
  if (!(raw instanceof Uint8Array)) return value;
  return raw.toBase64({ alphabet: "base64url", omitPadding: true });
}

function read<S extends v.GenericSchema>(schema: S, line: unknown): v.InferOutput<S> | undefined {
  const parsed = v.safeParse(schema, line, { abortEarly: true });
  return parsed.success ? parsed.output : undefined;
}
