// The ways in which the demo ends early. Must not know its steps.

import { EXIT, Failure } from "./exit.ts";

/** Something that must work did not. */
export function stopped(line: string): Failure {
  const hint = "run it again; if it stops there again, look whether a firewall stands between programs here";
  return new Failure(EXIT.failed, { line: `the demo stopped: ${line}`, hint });
}

/** It was asked to end. */
export function interrupted(): Failure {
  const hint = "run it again to see the rest; nothing of it was left behind";
  return new Failure(EXIT.failed, { line: "the demo was interrupted", hint });
}
