// The exit codes that scripts rely on, and the one way in which a command says that it failed.
// Must not know which command it was.

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  untrusted: 4,
  refused: 5,
  /** Not in time: what was to be sent is kept (sysexits.h, EX_TEMPFAIL). */
  waiting: 75,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What is said to the user: one line, and what to do about it. */
export interface Said {
  readonly line: string;
  readonly hint: string;
}

/** Ends a command: told as `classchat: line` and `hint: …`, with the code. */
export class Failure extends Error {
  readonly hint: string;
  readonly code: ExitCode;
  constructor(code: ExitCode, { line, hint }: Said) {
    super(line);
    this.name = "Failure";
    this.hint = hint;
    this.code = code;
  }
}
