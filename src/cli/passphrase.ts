// Asking for a passphrase where there is somebody to ask. It never reaches argv, the screen or a log.
// Must not know what it guards.

import { EXIT, Failure } from "./exit.ts";

/** What a passphrase is for, as the prompt says it, and the variable of the environment that may have it. */
export interface Guarded {
  readonly prompt: string;
  readonly variable: string;
}

export const PROFILE: Guarded = { prompt: "passphrase", variable: "CLASSCHAT_PASSPHRASE" };

/** From the environment, else typed unseen; undefined when none is wanted or nobody is there. */
export async function askPassphrase(
  purpose: "create" | "open",
  wanted: boolean,
  { prompt, variable }: Guarded = PROFILE,
): Promise<string | undefined> {
  const given = process.env[variable];
  if (given !== undefined && given !== "") return given;
  if (purpose === "create" && !wanted) return undefined;
  if (!process.stdin.isTTY) {
    if (purpose === "open") return undefined;
    const hint = `run it on a terminal, or set ${variable}`;
    throw new Failure(EXIT.usage, { line: "there is nobody to ask for a passphrase", hint });
  }
  const first = await typedUnseen(
    purpose === "create" ? `New ${prompt}: ` : `${prompt.charAt(0).toUpperCase()}${prompt.slice(1)}: `,
  );
  if (purpose === "open") return first;
  if (first === "") {
    throw new Failure(EXIT.usage, { line: "the passphrase is empty", hint: "nothing was made; try again" });
  }
  if ((await typedUnseen("Once more: ")) !== first) {
    throw new Failure(EXIT.usage, { line: "the two are not the same", hint: "nothing was made; try again" });
  }
  return first;
}

/** One line from the terminal, not echoed. */
function typedUnseen(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = () => {
      stdin.off("data", data);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
    };
    const data = (chunk: Buffer) => {
      for (const char of chunk.toString("utf8")) {
        if (char === "\r" || char === "\n") {
          end();
          return resolve(typed);
        }
        if (char === "\u0003" || char === "\u0004") {
          end();
          return reject(new Failure(EXIT.failed, { line: "nothing was typed", hint: "nothing was changed" }));
        }
        typed = char === "\u007f" || char === "\b" ? [...typed].slice(0, -1).join("") : typed + char;
      }
    };
    stdin.on("data", data);
  });
}
