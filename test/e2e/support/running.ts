// A process of the executable as a person sees it: what it prints, what it is given to read, how it ends.
// Must not know what it is told to do.

/** How a process ended, and all it has printed. */
export interface Ended {
  /** The exit code; the signal's name where a signal ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  /** All of the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Only a test that is going to fail waits as long. */
const PATIENCE_MS = 20_000;

interface Waiter {
  readonly pattern: RegExp;
  readonly found: (match: RegExpExecArray) => void;
  readonly ended: () => void;
}

export class Running {
  readonly pid: number;
  /** Resolves when the process has ended and all it printed is here. */
  readonly ended: Promise<Ended>;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #command: string;
  readonly #waiters = new Set<Waiter>();
  #stdout = "";
  #stderr = "";
  #over = false;

  constructor(command: readonly string[], { cwd, env }: Surroundings) {
    this.#command = command.slice(1).join(" ");
    this.#child = Bun.spawn([...command], {
      cwd,
      env: { ...env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.pid = this.#child.pid;
    const read = async (stream: ReadableStream<Uint8Array>, add: (text: string) => void) => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) {
        add(decoder.decode(chunk, { stream: true }));
        this.#look();
      }
    };
    const out = read(this.#child.stdout, (text) => (this.#stdout += text));
    const err = read(this.#child.stderr, (text) => (this.#stderr += text));
    this.ended = Promise.all([this.#child.exited, out, err]).then(() => this.#end());
  }

  /** All it has printed, as far as it is known by now. */
  get printed(): string {
    return this.#stdout + this.#stderr;
  }

  /** Whether the process has ended and is known to. */
  get over(): boolean {
    return this.#over;
  }

  /** Waits until either stream, from its beginning, holds a match. Rejects when the process ends without one. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const fail = (why: string) =>
      reject(new Error(`${this.#command}: ${why} ${pattern}; it printed:\n${this.printed}`));
    const timer = setTimeout(() => fail("no sign of"), PATIENCE_MS);
    const waiter = { pattern, found: resolve, ended: () => fail("ended without") };
    this.#waiters.add(waiter);
    this.#look();
    if (this.#over) waiter.ended();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    });
  }

  /** All that it will read. It may have stopped reading before. */
  async feed(input: string | Uint8Array): Promise<void> {
    try {
      if (input.length > 0) await this.#child.stdin.write(input);
      await this.#child.stdin.end();
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #look(): void {
    for (const waiter of this.#waiters) {
      const match = waiter.pattern.exec(this.#stdout) ?? waiter.pattern.exec(this.#stderr);
      if (match !== null) waiter.found(match);
    }
  }

  #end(): Ended {
    this.#over = true;
    for (const waiter of this.#waiters) waiter.ended();
    const code = this.#child.signalCode ?? this.#child.exitCode ?? "unknown";
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }
}
