// A file from one person to another, and kill -9 of the server, the sender and the receiver at random moments of its way,
// over and over; then whether it is the file, and how much of it went over the wire twice.

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { CHUNK } from "../../../src/domain/chunks.ts";
import { Chance } from "../../sim/simulation/chance.ts";
import { type Proxy, proxy } from "./proxy.ts";
import type { Running } from "./running.ts";
import { killed } from "./screen.ts";
import { type Person, relink, type Serving, World } from "./world.ts";

export interface FileRounds {
  readonly kills: number;
  /** Bytes on the sender's wire, and on the receiver's, both ways. */
  readonly sent: number;
  readonly received: number;
  /** What is not as it was promised. */
  readonly broken: readonly string[];
}

const VICTIMS = ["server", "sender", "receiver"] as const;
type Victim = (typeof VICTIMS)[number];

/** Chunks that may be on their way when somebody is killed, and go there again. */
const ON_THE_WAY = 10;
/** What is not the file: frames, records of TLS, answers, meeting again; of each byte, and of each connection. */
const PER_BYTE = 1.01;
const PER_MEETING = 100_000;
const LONGEST_AWAY = 300;
/** Only a round that is going to fail takes as long, ms. */
const PATIENCE = 45_000;

/** Rounds in one class. What is drawn follows from the seed; when exactly it falls is the machine's. */
export async function fileRounds(
  seed: string,
  count: number,
  size: number,
  say: (line: string) => void = () => undefined,
): Promise<FileRounds> {
  await using world = new World();
  const server = await world.serve();
  const [alice, bob] = await world.people(server, "alice", "bob");
  const way = new Way(world, new Chance(seed), server, alice, bob);
  const broken: string[] = [];
  let [kills, sent, received] = [0, 0, 0];
  for (let n = 1; n <= count; n++) {
    const round = await way.round(n, size);
    say(`round ${n}: ${round.hit.join(", ")}`);
    kills += round.hit.length;
    [sent, received] = [sent + round.sent, received + round.received];
    broken.push(...round.broken.map((line) => `round ${n}: ${line}`));
    if (broken.length > 0) break;
  }
  return { kills, sent, received, broken };
}

class Way {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #alice: Person;
  readonly #bob: Person;
  #server: Serving;
  #sender: Running | undefined;
  #receiver: Running | undefined;
  readonly #got: string;

  constructor(world: World, chance: Chance, server: Serving, alice: Person, bob: Person) {
    this.#world = world;
    this.#chance = chance;
    this.#server = server;
    [this.#alice, this.#bob] = [alice, bob];
    this.#got = join(world.folder, "got");
    mkdirSync(this.#got);
  }

  async round(n: number, size: number) {
    const name = `round-${n}.bin`;
    const hash = await this.#write(name, size);
    const broken: string[] = [];
    const hit: string[] = [];
    const moments = Array.from({ length: 1 + this.#chance.below(3) }, () => ({
      victim: this.#chance.pick(VICTIMS),
      at: this.#chance.below(2 * size),
      away: this.#chance.below(LONGEST_AWAY),
    })).sort((one, other) => one.at - other.at);
    let back: Promise<unknown> = Promise.resolve();
    const wires: Proxy[] = [];
    const passed = () => wires.reduce((sum, wire) => sum + wire.bytes(), 0);
    const piece = () => {
      while (moments[0] !== undefined && passed() >= moments[0].at) {
        const { victim, at, away } = moments[0];
        moments.shift();
        const before = back;
        back = (async () => {
          await before;
          if (await this.#kill(victim, away, wires)) hit.push(`${victim} at ${(at / 2e6).toFixed(1)} MB`);
        })();
      }
    };
    for (let i = 0; i < 2; i++) wires.push(proxy(this.#server.port, piece, { keep: false }));
    this.#receive(wires);
    this.#sender = this.#alice.start("send-file", ...this.#through(wires[0]), "--to", "bob", "--json", name);
    const whole = await this.#whole(join(this.#got, name), hash);
    await back;
    if (whole !== undefined) broken.push(whole);
    await this.#rest(broken);
    for (const running of [this.#sender, this.#receiver]) {
      running?.kill("SIGTERM");
      await running?.ended;
    }
    const left = readdirSync(this.#got).filter((other) => other !== name);
    if (left.length > 0) broken.push(`left in the folder: ${left.join()}`);
    const most = size * PER_BYTE + hit.length * ON_THE_WAY * CHUNK + (hit.length + 2) * PER_MEETING;
    const [sent = 0, received = 0] = wires.map((wire) => wire.bytes());
    if (sent > most) broken.push(`${sent} bytes were sent`);
    if (received > most) broken.push(`${received} bytes were received`);
    for (const wire of wires) wire.close();
    if (broken.length === 0) for (const folder of [this.#got, this.#world.folder]) rmSync(join(folder, name));
    return { hit, sent, received, broken };
  }

  /** A file of noise of its own; answers its SHA-256. */
  async #write(name: string, size: number): Promise<string> {
    const hasher = new Bun.CryptoHasher("sha256");
    const file = await open(join(this.#world.folder, name), "wx");
    const bytes = Buffer.alloc(1_000_000);
    for (let left = size; left > 0; left -= bytes.length) {
      for (let at = 0; at < bytes.length; at += 50_000)
        crypto.getRandomValues(bytes.subarray(at, at + 50_000));
      const piece = bytes.subarray(0, Math.min(left, bytes.length));
      hasher.update(piece);
      await file.write(piece);
    }
    await file.close();
    return hasher.digest("hex");
  }

  #through(wire: Proxy | undefined): string[] {
    return ["--server", relink(this.#server.link, { port: wire?.port ?? 0 })];
  }

  #receive([, wire]: readonly Proxy[]): void {
    const into = ["--files", this.#got, "--auto-accept", "8GB"];
    this.#receiver = this.#bob.start("receive", "--follow", "--json", ...this.#through(wire), ...into);
  }

  /** What was running is started again: the server and the receiver as they were; the sender sends nothing anew. */
  async #kill(victim: Victim, away: number, wires: readonly Proxy[]): Promise<boolean> {
    const running = { server: this.#server.process, sender: this.#sender, receiver: this.#receiver };
    const isHit = await killed(running[victim]);
    await Bun.sleep(away); // for this long there is none
    if (victim === "server") this.#server = await this.#world.serve({ port: this.#server.port });
    else if (victim === "receiver") this.#receive(wires);
    else this.#sender = this.#alice.start("receive", "--follow", "--json", ...this.#through(wires[0]));
    return isHit;
  }

  /** Waits for it to be there under its name; what is wrong with it. It never is there before it is whole. */
  async #whole(path: string, hash: string): Promise<string | undefined> {
    const until = performance.now() + PATIENCE;
    while (!(await Bun.file(path).exists())) {
      if (performance.now() > until) return `it did not come: ${this.#said()}`;
      await Bun.sleep(20); // no folder is watched for what a killed process may do
    }
    const hasher = new Bun.CryptoHasher("sha256");
    for await (const bytes of Bun.file(path).stream()) hasher.update(bytes);
    return hasher.digest("hex") === hash ? undefined : "it is not the file";
  }

  #said(): string {
    return [this.#sender, this.#receiver].map((running) => running?.printed).join(" / ");
  }

  /** The server lets go of what everybody has. */
  async #rest(broken: string[]): Promise<void> {
    const until = performance.now() + PATIENCE;
    while (readdirSync(join(this.#server.data, "blobs")).length > 0) {
      if (performance.now() > until) return void broken.push(`the server keeps it: ${this.#said()}`);
      await Bun.sleep(20);
    }
  }
}
