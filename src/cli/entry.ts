// From a command line to an exit code: runs it, and tells what went wrong in one line with a hint.
// Must not know the commands.

import { StoreFailure } from "../ports.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { run } from "./program.ts";
import { storeText } from "./wording.ts";

export async function main(argv: readonly string[]): Promise<ExitCode> {
  try {
    return await run(argv);
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    process.stderr.write(`classchat: ${failure.message}\nhint: ${failure.hint}\n`);
    return failure.code;
  }
}

/** The world's faults are told; a bug stays what it is, and is thrown on with its trace. */
function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (error instanceof StoreFailure) return new Failure(EXIT.failed, storeText(error.reason));
  // By name: what knows the class is loaded by the commands that need it alone.
  if (error instanceof Error && error.name === "HolderGone") {
    const isUndone = "isUndone" in error && error.isUndone === true;
    const hint = isUndone
      ? "nothing was done; run this command again"
      : "see in classchat history what became of it, then run this command again";
    return new Failure(EXIT.failed, { line: "the program that had this profile open has ended", hint });
  }
  return undefined;
}
