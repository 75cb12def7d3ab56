// A place of its own for one test: a folder, an environment, servers and people in it, and nothing left of them after.
// Must not know what is tested.

import { existsSync, mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { formatLink, type JoinLink, parseLink } from "../../../src/domain/join-link.ts";
import { executable } from "./executable.ts";
import { type Ended, Running } from "./running.ts";
import { ChatTerminal } from "./terminal.ts";

export interface RunOptions {
  /** Standard input; nothing unless given. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A server that listens, on this machine alone unless told otherwise. */
export interface Serving {
  readonly process: Running;
  readonly port: number;
  readonly link: string;
  readonly data: string;
}

export class World implements AsyncDisposable {
  readonly #executable = executable();
  readonly folder = mkdtempSync(join(tmpdir(), "classchat-e2e-"));
  /** Of whoever runs the tests nothing gets in: no settings, no profile, no keyring. */
  readonly env: Readonly<Record<string, string>> = {
    HOME: this.folder,
    TMPDIR: this.folder,
    PATH: process.env["PATH"] ?? "",
    LANG: "C.UTF-8",
    TZ: "UTC",
  };
  readonly #running: (Running | ChatTerminal)[] = [];
  readonly #undo: (() => unknown)[] = [];

  /** Starts the executable and leaves its standard input open. */
  start(args: readonly string[], { env, cwd }: RunOptions = {}): Running {
    const surroundings = { cwd: cwd ?? this.folder, env: { ...this.env, ...env } };
    const running = new Running([this.#executable, ...args], surroundings);
    this.#running.push(running);
    return running;
  }

  /** Runs the executable to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const running = this.start(args, options);
    await running.feed(options.input ?? "");
    return running.ended;
  }

  /** Starts the executable on a terminal. */
  terminal(
    args: readonly string[],
    size?: { readonly columns: number; readonly rows: number },
    env: Readonly<Record<string, string>> = {},
  ): ChatTerminal {
    const surroundings = { cwd: this.folder, env: { ...this.env, TERM: "xterm-256color", ...env } };
    const terminal = new ChatTerminal([this.#executable, ...args], surroundings, size);
    this.#running.push(terminal);
    return terminal;
  }

  /** A shell on a terminal, with jobs; `$CLASSCHAT` is the executable. */
  shell(size: { readonly columns: number; readonly rows: number }): ChatTerminal {
    const env = { ...this.env, TERM: "xterm-256color", PS1: "$ ", CLASSCHAT: this.#executable };
    const command = ["bash", "--norc", "--noprofile", "--noediting", "-i"];
    const terminal = new ChatTerminal(command, { cwd: this.folder, env }, size);
    this.#running.push(terminal);
    return terminal;
  }

  /** A server on a port of the system's choice, or of an earlier one's. */
  async serve({
    data = join(this.folder, "server"),
    port = 0,
    host = "127.0.0.1",
    name = "ClassChat",
  }: {
    readonly data?: string;
    readonly port?: number;
    readonly host?: string;
    readonly name?: string;
  } = {}): Promise<Serving> {
    const place = ["--host", host, "--port", String(port), "--data", data, "--name", name];
    const process = this.start(["serve", ...place, "--json"]);
    const [line] = await process.until(/^\{"event":"listening".*$/m);
    const listening: unknown = JSON.parse(line);
    return { process, data, ...addressIn(listening) };
  }

  /** Somebody with a home of their own, not in any class yet. */
  person(name: string, home = join(this.folder, `home-${name}`)): Person {
    return new Person(this, name, home);
  }

  /** People who have joined. */
  async people<const N extends readonly string[]>(
    { link }: Pick<Serving, "link">,
    ...names: N
  ): Promise<{ [K in keyof N]: Person }>;
  async people({ link }: Pick<Serving, "link">, ...names: string[]): Promise<Person[]> {
    const people = names.map((name) => this.person(name));
    await Promise.all(people.map((person) => person.join(link)));
    return people;
  }

  /** Done when the test is over, the last first. */
  defer(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) if (!running.over) running.kill("SIGKILL");
    await Promise.all(this.#running.map(({ ended }) => ended));
    for (const undo of this.#undo.reverse()) await undo();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One person at one machine. */
export class Person {
  readonly name: string;
  readonly home: string;
  readonly #world: World;

  constructor(world: World, name: string, home: string) {
    this.#world = world;
    this.name = name;
    this.home = home;
  }

  /** The folder of the profile, for a name in small letters. */
  get folder(): string {
    return join(this.home, this.name);
  }

  /** The words of a command line, with who and where added. */
  args(command: string, ...rest: readonly string[]): string[] {
    return [command, "--home", this.home, "--user", this.name, ...rest];
  }

  run(command: string, ...rest: readonly string[]): Promise<Ended> {
    return this.#world.run(this.args(command, ...rest));
  }

  start(command: string, ...rest: readonly string[]): Running {
    return this.#world.start(this.args(command, ...rest));
  }

  /** Joins, and fails the test when that fails. */
  async join(link: string): Promise<void> {
    succeeded(await this.run("join", link));
  }

  /** Sends, and fails the test unless the server has taken it; answers the object that `--json` prints. */
  async send(to: string, text: string, ...rest: readonly string[]): Promise<unknown> {
    const [sent] = objects(succeeded(await this.run("send", "--to", to, "--json", ...rest, "--", text)));
    return sent;
  }

  /** The objects that `--json` prints, once the command has succeeded. */
  async ask(command: string, ...rest: readonly string[]): Promise<Shown[]> {
    return objects(succeeded(await this.run(command, "--json", ...rest)));
  }

  /** The texts of what nobody here has seen yet. */
  async texts(): Promise<unknown[]> {
    return (await this.ask("receive")).map(({ text }) => text);
  }

  /** `receive --follow --json`, once it holds the profile and is online. */
  async follow(...rest: readonly string[]): Promise<Running> {
    const following = this.start("receive", "--follow", "--json", ...rest);
    await this.held();
    return following;
  }

  /** Where others go through the process that holds the profile. It stays behind when that one is killed. */
  get socket(): string {
    return join(this.folder, "socket");
  }

  /** Waits until a process of this person is online and others can go through it. */
  async held(): Promise<void> {
    await appearance(this.socket);
    await this.ask("users"); // through that process, which answers once it is online itself
  }
}

/** One object of `--json`. */
export type Shown = Readonly<Record<string, unknown>>;

export function objects(ended: Pick<Ended, "stdout">): Shown[] {
  return ended.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Shown => {
      const value: unknown = JSON.parse(line);
      if (!isObject(value)) throw new Error(`no object: ${line}`);
      return value;
    });
}

/** Waits until a file is there; its folder is. */
export async function appearance(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => (existsSync(path) ? resolve() : undefined);
  const watcher = watch(dirname(path), look);
  look();
  await promise;
  watcher.close();
}

/** What ended, if it ended well. */
export function succeeded(ended: Ended): Ended {
  if (ended.code !== 0) throw new Error(`ended with ${ended.code}:\n${ended.stdout}${ended.stderr}`);
  return ended;
}

/** The same link with something in it changed, and right in itself. */
export function relink(link: string, change: Partial<JoinLink>): string {
  const parsed = parseLink(link);
  if (!parsed.ok) throw new Error(`no link: ${link}`);
  return formatLink({ ...parsed, ...change });
}

function isObject(value: unknown): value is Shown {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function addressIn(listening: unknown): { readonly port: number; readonly link: string } {
  if (!isObject(listening)) throw new Error("no object");
  const { port, link } = listening;
  if (typeof port !== "number" || typeof link !== "string") throw new Error("no address");
  return { port, link };
}
