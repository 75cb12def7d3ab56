// The network of a simulation: who reaches the server, over which connections, and how these fail.
// Must not know what is said over them.

import type { Dial, Link, LinkHandler } from "../../../src/ports.ts";
import type { Chance } from "./chance.ts";
import { type Break, type Process, type Weather, Wire } from "./wire.ts";

/** Who is dialled: the process that listens at the moment, if one does. */
export interface Listener {
  readonly key: Uint8Array;
  readonly process: (Process & { accept(link: Link): LinkHandler }) | undefined;
}

/** Who dials. */
export interface Caller {
  readonly name: string;
  readonly device: Uint8Array;
  /** Whether the device has a network at the moment. */
  readonly reachable: boolean;
}

export class Network {
  readonly #weather: Weather;
  readonly #chance: Chance;
  readonly #listener: Listener;
  #wires: Wire[] = [];
  readonly #owner = new WeakMap<Wire, Caller>();

  constructor(weather: Weather, listener: Listener) {
    this.#weather = weather;
    this.#chance = weather.chance;
    this.#listener = listener;
  }

  /** The connections that somebody still takes for one. */
  get wires(): readonly Wire[] {
    this.#wires = this.#wires.filter((wire) => !wire.ended);
    return this.#wires;
  }

  ownerOf(wire: Wire): Caller | undefined {
    return this.#owner.get(wire);
  }

  dial(caller: Caller, process: Process): Dial {
    return (attach) =>
      new Promise((resolve, reject) => {
        const { time, delay } = this.#weather;
        const unreachable = { ok: false, failure: { cause: "unreachable", detail: "no way" } } as const;
        const timeout = { ok: false, failure: { cause: "timeout", detail: "no answer" } } as const;
        time.after(this.#chance.between(2 * delay[0], 3 * delay[1]), () => {
          const listening = this.#listener.process;
          if (!process.alive) return;
          if (!caller.reachable || listening === undefined) {
            if (this.#chance.happens(0.8)) return resolve(unreachable);
            return void time.after(10_000, () => process.alive && resolve(timeout));
          }
          try {
            resolve({ ok: true, link: this.#connect(caller, process, listening, attach) });
          } catch (error) {
            reject(error);
          }
        });
      });
  }

  #connect(
    caller: Caller,
    client: Process,
    server: Process & { accept(link: Link): LinkHandler },
    attach: (link: Link) => LinkHandler,
  ): Link {
    // One device, one way: what an older connection still had under way is not overtaken by a newer one.
    for (const wire of this.wires) if (this.#owner.get(wire) === caller) wire.client.cut(false);
    const ends = { client, server, device: caller.device, key: this.#listener.key };
    const wire = new Wire(this.#weather, ends);
    this.#wires.push(wire);
    this.#owner.set(wire, caller);
    wire.client.handler = attach(wire.client);
    this.#weather.time.after(this.#chance.between(...this.#weather.delay), () => {
      if (!server.alive) return wire.client.finish({ cause: "lost", detail: "refused" });
      if (wire.client.ended || wire.server.ended) return;
      wire.server.handler = server.accept(wire.server);
      wire.client.flow();
    });
    return wire.client;
  }

  /** A process has died: of its machine's own accord what it sent still arrives, with the machine it may not. */
  bury(process: Process): void {
    const machine = this.#chance.happens(0.3);
    for (const wire of this.wires) {
      const keep = !machine && this.#chance.happens(0.7);
      const told = machine ? "never" : this.#chance.pause(30);
      if (wire.client.process === process)
        wire.break({ up: keep, down: false, client: "never", server: told });
      else if (wire.server.process === process)
        wire.break({ up: false, down: keep, client: told, server: "never" });
    }
  }

  /** Breaks a connection in one of the ways there are. */
  breakOne(wire: Wire): Break {
    const chance = this.#chance;
    const learns = (): number | "never" =>
      chance.happens(0.7) ? chance.pause(chance.pick([5, 200, 5_000])) : "never";
    const how = { up: chance.happens(0.5), down: chance.happens(0.3), client: learns(), server: learns() };
    wire.break(how);
    return how;
  }
}
