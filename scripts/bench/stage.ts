// A temporary folder, the executable built into it, and the programs that are measured: all gone at the end, whatever
// happens. Must not know what is measured.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { parseLink } from "../../src/domain/join-link.ts";
import { compile } from "../compile.ts";

/** A program that listens, and where. */
export interface Serving {
  readonly pid: number;
  readonly port: number;
  /** The server's Ed25519 key, 32 bytes. */
  readonly pin: Uint8Array;
  /** Asks it to end and waits until it has. Throws when it ended otherwise than in order. */
  stop(): Promise<void>;
  /** kill -9; resolves when the process is no more, and its hold on the data with it. */
  kill(): Promise<void>;
}

const END_WITHIN_MS = 10_000;
const listening = v.object({ event: v.literal("listening"), port: v.number(), link: v.string() });

export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), "classchat-bench-"));
  /** Where our server keeps what it has, over restarts too. */
  readonly data = join(this.folder, "data");
  readonly #children = new Set<Bun.Subprocess>();
  #executable: Promise<string> | undefined;

  /** Starts a program that says in one line of JSON where it listens, as `classchat serve --json` does. */
  async serve(command: readonly string[]): Promise<Serving> {
    const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit"] });
    this.#children.add(child);
    const line = await firstLine(child.stdout);
    const { port, link } = v.parse(listening, JSON.parse(line));
    const parsed = parseLink(link);
    if (!parsed.ok) throw new Error(`a link that is none: ${parsed.why}`);
    const stop = async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), END_WITHIN_MS);
      const code = await child.exited;
      clearTimeout(timer);
      this.#children.delete(child);
      if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}`);
    };
    const kill = async () => {
      child.kill("SIGKILL");
      while (existsSync(`/proc/${child.pid}`)) await Bun.sleep(1);
      this.#children.delete(child);
    };
    return { pid: child.pid, port, pin: parsed.pin, stop, kill };
  }

  /** Our server, as the executable that people get. */
  async classchat(port = 0): Promise<Serving> {
    const where = ["--host", "127.0.0.1", "--port", String(port), "--data", this.data];
    return this.serve([await this.executable(), "serve", "--json", ...where]);
  }

  /** The executable of the sources as they are, compiled once. */
  executable(): Promise<string> {
    const path = join(this.folder, "classchat");
    this.#executable ??= compile(path).then(() => path);
    return this.#executable;
  }

  /** Ends with the stage, if it has not before. */
  own<T extends Bun.Subprocess>(child: T): T {
    this.#children.add(child);
    return child;
  }

  clear(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs `act` on a stage of its own and clears it away, also when this process is interrupted. */
export async function onStage<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = new Stage();
  const clear = () => stage.clear();
  const interrupted = () => process.exit(130);
  process.on("exit", clear);
  process.on("SIGINT", interrupted);
  process.on("SIGTERM", interrupted);
  try {
    return await act(stage);
  } finally {
    process.off("exit", clear);
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
    stage.clear();
  }
}

/** What a program prints first; what it prints later is shown here. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async () => {
    const utf8 = new TextDecoder();
    let text = "";
    let first = true;
    for await (const chunk of stream) {
      text += utf8.decode(chunk, { stream: true });
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        if (first) resolve(line);
        else if (!line.includes('"closed"')) console.error(`  server: ${line}`);
        first = false;
      }
    }
    reject(new Error("a server ended before it listened"));
  };
  read().catch(reject);
  return promise;
}
