// One member in a process of its own, with a sealed vault on disk, so that what it uses can be told from what others
// use: run as a program it is the member, imported it is how a bench speaks to it. Must not know what is measured.

import { join as joined } from "node:path";
import * as v from "valibot";
import type { ClientEvent } from "../../src/client/events.ts";
import { openVault } from "../../src/store/vault-sqlite.ts";
import { arrive, join, type Member, say } from "./member.ts";
import { random } from "./raw-client.ts";
import type { Address } from "./raw-client.ts";
import { cpuSeconds, residentKib } from "./usage.ts";

const asked = v.variant("ask", [
  v.object({
    ask: v.literal("arrive"),
    name: v.string(),
    folder: v.string(),
    port: v.number(),
    pin: v.string(),
  }),
  v.object({ ask: v.picklist(["create", "join", "leave"]), group: v.string() }),
  v.object({ ask: v.literal("say"), group: v.string(), text: v.string() }),
  v.object({ ask: v.picklist(["bytes", "shown", "listen", "close"]) }),
]);
type Ask = v.InferOutput<typeof asked>;

const told = v.variant("tell", [
  v.object({ tell: v.literal("answer"), value: v.number() }),
  v.object({ tell: v.literal("failed"), why: v.string() }),
  v.object({ tell: v.literal("message"), text: v.string(), notice: v.boolean() }),
]);
type Told = v.InferOutput<typeof told>;

export type Heard = Extract<Told, { tell: "message" }>;

/** A member elsewhere. One thing is asked at a time. */
export class Apart {
  readonly #child: Bun.Subprocess;
  #answered: PromiseWithResolvers<number> | undefined;
  /** Told what its member is told, once it was asked to "listen". */
  heard: (told: Heard) => void = () => {};

  private constructor() {
    this.#child = Bun.spawn([process.execPath, import.meta.path], {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (message) => this.#told(v.parse(told, message)),
      serialization: "json",
    });
    process.on("exit", this.#end);
  }

  /** A process that has loaded what it needs, and nobody in it. */
  static async start(): Promise<Apart> {
    const apart = new Apart();
    await apart.ask({ ask: "bytes" });
    return apart;
  }

  /** Comes online; answers in how many ms. Its vault is in `folder`, and is found there again. */
  arrive(name: string, folder: string, { port, pin }: Address): Promise<number> {
    return this.ask({ ask: "arrive", name, folder, port, pin: pin.toHex() });
  }

  ask(ask: Ask): Promise<number> {
    this.#answered = Promise.withResolvers();
    this.#child.send(ask);
    return this.#answered.promise;
  }

  /** Seconds of processor time, and KiB of memory, of its process. */
  get usage(): { readonly cpu: number; readonly kib: number } {
    return { cpu: cpuSeconds(this.#child.pid), kib: residentKib(this.#child.pid) };
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Ends in order. */
  async close(): Promise<void> {
    await this.ask({ ask: "close" });
    process.off("exit", this.#end);
    this.#child.disconnect();
    await this.#child.exited;
  }

  readonly #end = () => this.#child.kill("SIGKILL");

  #told(message: Told): void {
    if (message.tell === "answer") this.#answered?.resolve(message.value);
    else if (message.tell === "failed") this.#answered?.reject(new Error(message.why));
    else this.heard(message);
  }
}

function member(): void {
  let me: Member | undefined;
  let shown = 0;
  let listens = false;
  const tell = (message: Told) => process.send?.(message);
  const heard = (event: ClientEvent) => {
    if (event.type === "message" && event.message.notice === undefined) shown += 1;
    if (!listens) return;
    if (event.type === "message")
      tell({ tell: "message", text: event.message.text, notice: event.message.notice !== undefined });
  };
  const does = async (ask: Ask): Promise<number> => {
    if (ask.ask === "arrive") {
      const path = joined(ask.folder, "vault.sqlite");
      const store = openVault(path, new Uint8Array(32).fill(7), { random });
      const start = performance.now();
      me = await arrive(ask.name, { port: ask.port, pin: Uint8Array.fromHex(ask.pin) }, heard, store);
      return performance.now() - start;
    }
    if (ask.ask === "listen") listens = true;
    if (me === undefined || ask.ask === "listen") return 0;
    const { client, tap } = me;
    switch (ask.ask) {
      case "create": {
        const rules = { open: true, announcement: false, history: 50 };
        const created = await client.createGroup({ name: ask.group, ...rules });
        if (!created.ok) throw new Error(`not created: ${created.reason}`);
        return 0;
      }
      case "join":
        await join(me, ask.group);
        return 0;
      case "leave":
        await client.leaveGroup(ask.group);
        return 0;
      case "say":
        await say(me, ask.group, ask.text);
        return 0;
      case "bytes":
        return tap.received + tap.sent;
      case "shown":
        return shown;
      case "close":
        await client.close();
        return 0;
    }
  };
  process.on("message", (message) => {
    does(v.parse(asked, message)).then(
      (value) => tell({ tell: "answer", value }),
      (error: unknown) => tell({ tell: "failed", why: Bun.inspect(error) }),
    );
  });
}

if (import.meta.main) member();
