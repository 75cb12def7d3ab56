// What passes over the connections of a simulation, frame by frame, held against what lies on the disks behind them.
// Must not change or delay anything.

import { encodeId } from "../../../src/domain/id.ts";
import type { Ledger } from "./ledger.ts";
import type { Violate } from "./said.ts";
import type { Trace } from "./trace.ts";
import type { Wire } from "./wire.ts";

interface Header {
  readonly t: string;
  readonly re?: number;
  readonly log?: string;
  readonly id?: string;
  readonly seq?: number;
  readonly cursor?: number;
  readonly device?: string;
  readonly code?: string;
  readonly cursors?: readonly (readonly [device: string, seq: number])[];
  readonly packages?: readonly { readonly id: string; readonly size: number }[];
}

export class Wiretap {
  /** Frames seen. */
  count = 0;
  readonly #ledger: Ledger;
  readonly #trace: Trace;
  readonly #violate: Violate;
  readonly #markers: readonly string[];
  /** The bytes that each id has stood for, and the other way round. */
  readonly #bodies = new Map<string, string>();
  readonly #asked = new WeakMap<Wire, Map<number, Header>>();

  constructor(ledger: Ledger, trace: Trace, violate: Violate) {
    this.#ledger = ledger;
    this.#trace = trace;
    this.#violate = violate;
    // The word as it is, and as it would stand in base64 at each of its three places.
    const base64 = [0, 1, 2].map((shift) =>
      Buffer.from(" ".repeat(shift) + ledger.sayings.marker)
        .toString("base64")
        .slice(4, -4),
    );
    this.#markers = [ledger.sayings.marker, ...base64];
  }

  sent(wire: Wire, from: "client" | "server", bytes: Uint8Array): void {
    this.count += 1;
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#markers.some((marker) => frame.includes(marker)))
      this.#violate("nothing is sent in the clear", `by the ${from} end of ${wire.client.process.name}`);
    const end = 6 + frame.readUInt16BE(4);
    const text = frame.toString("utf8", 6, end);
    const header: Header = JSON.parse(text);
    const body = frame.subarray(end);
    const name = wire.client.process.name;
    const [left, right] = from === "client" ? [name, "server"] : ["server", name];
    const shown = text.length > 160 ? `${text.slice(0, 160)}…` : text;
    this.#trace.line(
      `${left}>${right}`,
      `${shown} +${body.length} #${Bun.hash(bytes).toString(36).slice(0, 6)}`,
    );
    if (from === "client") this.#fromClient(wire, header, body);
    else this.#fromServer(wire, header);
  }

  #fromClient(wire: Wire, header: Header, body: Buffer): void {
    const device = encodeId(wire.server.peer);
    const { t, re, log = "", id = "", seq, cursor } = header;
    if (re !== undefined) {
      const asked = this.#asked.get(wire) ?? new Map<number, Header>();
      this.#asked.set(wire, asked.set(re, header));
    }
    const passed = t === "ack" ? seq : cursor;
    if (passed !== undefined && passed > this.#ledger.reached(device, log))
      this.#violate(
        "what is acknowledged is on the disk",
        `${wire.client.process.name} in ${log} at ${passed}`,
      );
    if (t === "append" || t === "commit") this.#fixed(`${device} ${log} ${id}`, body);
    let at = 0;
    for (const { id: ref, size } of (t === "publish" && header.packages) || []) {
      this.#fixed(`${device} ${ref}`, body.subarray(at, at + size));
      at += size;
    }
  }

  /** One id stands for the same bytes always, and the same bytes for one id. */
  #fixed(id: string, body: Buffer): void {
    const hash = new Bun.CryptoHasher("sha256").update(body).digest("base64");
    if ((this.#bodies.get(id) ?? hash) !== hash || (this.#bodies.get(hash) ?? id) !== id)
      this.#violate("what is sent again is the same", id);
    this.#bodies.set(id, hash).set(hash, id);
  }

  /** It was made in an epoch that is over, and is made again for the present one. */
  #mayDiffer(wire: Wire, asked: Header | undefined): void {
    if (asked?.t === "append") this.#bodies.delete(`${encodeId(wire.server.peer)} ${asked.log} ${asked.id}`);
  }

  #fromServer(wire: Wire, header: Header): void {
    const { t, re, log = "", id = "", device = "", seq = 0, cursors = [], code } = header;
    const name = wire.client.process.name;
    if (t === "refused" && code === "stale-epoch")
      this.#mayDiffer(wire, this.#asked.get(wire)?.get(re ?? -1));
    if (t === "accepted") {
      const asked = this.#asked.get(wire)?.get(re ?? -1);
      if (asked === undefined || !this.#ledger.isStored(asked.log ?? "", asked.id ?? ""))
        this.#violate("what is answered is on the server's disk", `append ${asked?.id} of ${name}`);
    }
    if (t === "entry" && !this.#ledger.isStored(log, id))
      this.#violate("what is passed on is on the server's disk", `${log} ${seq} to ${name}`);
    if (t === "entry" && !this.#ledger.groups.isFor(log, encodeId(wire.server.peer), seq))
      this.#violate("a group's entries are for those who are in it", `${log} ${seq} to ${name}`);
    const told = t === "receipt" ? [[device, seq] as const] : t === "receipts" ? cursors : [];
    for (const [who, passed] of told)
      if (this.#ledger.cursorOf(log, who) < passed)
        this.#violate("a receipt tells of a cursor on the server's disk", `${log} ${passed} to ${name}`);
  }
}
