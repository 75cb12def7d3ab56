// Files that people of a simulation send each other, and what must have become of each once all has come to rest.
// Must not know how they travel.

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { CHUNK } from "../../../src/domain/chunks.ts";
import type { FileShelf } from "../../../src/ports/file-shelf.ts";
import type { VaultDisk } from "../../../src/store/vault-memory.ts";
import type { World } from "./actions.ts";
import { Chance } from "./chance.ts";
import type { Device } from "./device.ts";
import type { Fault } from "./end.ts";
import type { Ledger } from "./ledger.ts";
import { inLog } from "./said.ts";
import { linesOf } from "./vault-records.ts";
import type { Process } from "./wire.ts";

/** In so many classes of ten files are sent, in each of them at most so many. */
const IN_TEN = 4;
const MOST = 5;
/** Around the edges of chunks; never more than two. */
const SIZES = [0, 1, 1_000, CHUNK, CHUNK + 1, 2 * CHUNK - 7];

/** Bytes of a file that is sent, which its text tells. */
export function contentOf(text: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(size % 251);
  bytes.set(new TextEncoder().encode(text).subarray(0, size));
  return bytes;
}

/** What files there will be follows from the seed alone: a class without any is as it was before there were files. */
export function sendFiles(world: World, seed: number, within: number): void {
  const chance = new Chance(`files ${seed}`);
  if (!chance.happens(IN_TEN / 10)) return;
  for (let n = chance.between(1, MOST); n > 0; n--) {
    const size = chance.pick(SIZES);
    world.later(chance.between(1_000, 1_000 + within), () => {
      const from = chance.pick(world.devices);
      const [group] = from.groups();
      const other = chance.pick(world.devices.filter((one) => one !== from));
      from.sendFile(group !== undefined && chance.happens(0.5) ? group.name : other.name, size);
    });
  }
}

interface TransferRecord {
  readonly id: string;
  readonly way: "in" | "out";
  readonly state: string;
  readonly name: string;
  readonly size: number;
  readonly reason?: string;
  readonly path?: string;
  readonly settle?: string;
}

function transfersOf(disk: VaultDisk): TransferRecord[] {
  return [...(disk.records.get("transfer")?.values() ?? [])].map((value) =>
    JSON.parse(Buffer.from(value).toString()),
  );
}

/** Files that are still on their way, in words. */
export function openTransfers(devices: readonly Device[]): string[] {
  return devices.flatMap(({ name, disk }) =>
    transfersOf(disk)
      .filter(
        ({ state, settle }) => ["preparing", "sending", "receiving"].includes(state) || settle !== undefined,
      )
      .map((one) => `${name} is ${one.state} ${one.name}`),
  );
}

/** Every file is whole and right, once, with everyone who has its message, or they are told why not. */
export function fileFaults(
  ledger: Ledger,
  devices: readonly Device[],
  chunks: ReadonlyMap<string, unknown>,
): Fault[] {
  const faults: Fault[] = [];
  for (const { name, disk, shelf } of devices) {
    const expected = new Map<string, Uint8Array>();
    for (const key of disk.conversations.keys()) {
      for (const row of linesOf(disk, key)) {
        const size = ledger.sayings.saidOf(row.text)?.file;
        if (size === undefined || row.own || row.notice !== undefined || !inLog(row)) continue;
        const where = `${name}: ${row.text}, ${size} bytes`;
        const taken = transfersOf(disk).filter(({ way, id }) => way === "in" && id === row.id);
        if (taken.length !== 1) faults.push(["a file is told of once", `${where}: ${taken.length} times`]);
        const [one] = taken;
        if (one?.state === "received" && one.path !== undefined)
          expected.set(one.path, contentOf(row.text, size));
        // Who is handed an older message, or has left, may come too late for its file, and is told so.
        else if (one?.state !== "failed" || (one.reason !== "taken-back" && one.reason !== "no-such-blob"))
          faults.push([
            "a file that is accepted comes, or it is said why not",
            `${where}: ${JSON.stringify(one)}`,
          ]);
        else if (!key.startsWith("@")) faults.push(["a file between two comes", `${where}: ${one.reason}`]);
      }
    }
    for (const [path, bytes] of shelf.files) {
      if (!path.startsWith("downloads/")) continue;
      const right = expected.get(path);
      if (right === undefined) faults.push(["nothing lies there that was not sent", `${name}: ${path}`]);
      else if (Buffer.compare(right, bytes) !== 0)
        faults.push(["a file is what was sent", `${name}: ${path}`]);
      expected.delete(path);
    }
    for (const path of expected.keys()) faults.push(["a file that came is there", `${name}: ${path}`]);
    for (const { way, state, reason, name: file } of transfersOf(disk))
      if (way === "out" && state === "failed" && reason === undefined)
        faults.push(["a file that fails says why", `${name}: ${file}`]);
  }
  if (chunks.size > 0) faults.push(["the server lets go of what everyone has", [...chunks.keys()].join()]);
  return faults;
}

/** A shelf as a process sees it: what a dead one still wants is not done. */
export function shelfOf(shelf: FileShelf, process: Process): FileShelf {
  return new Proxy(shelf, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return (...given: unknown[]): unknown =>
        process.alive ? Reflect.apply(member, target, given) : new Promise(() => {});
    },
  });
}

/** The native cipher works on threads of its own, in real time; here it works at once. Answers how to undo that. */
export function cipherAtOnce(): () => void {
  const { subtle } = crypto;
  const keys = new WeakMap<object, Uint8Array>();
  const worked =
    (work: (key: Uint8Array, iv: Uint8Array, bytes: Uint8Array) => Uint8Array) =>
    async (about: { iv: Uint8Array }, key: object, bytes: Uint8Array) => {
      const raw = keys.get(key);
      if (raw === undefined) throw new Error("simulation: another cipher's key");
      return work(raw, about.iv, bytes).buffer;
    };
  Object.assign(subtle, {
    importKey: async (_format: string, raw: Uint8Array) => {
      const key = {};
      keys.set(key, new Uint8Array(raw));
      return key;
    },
    encrypt: worked((key, iv, bytes) => chacha20poly1305(key, iv).encrypt(bytes)),
    decrypt: worked((key, iv, bytes) => {
      try {
        return chacha20poly1305(key, iv).decrypt(bytes);
      } catch {
        throw new DOMException("it does not authenticate", "OperationError");
      }
    }),
  });
  // What is the object's own hides what it has of its kind.
  return () => {
    for (const name of ["importKey", "encrypt", "decrypt"]) Reflect.deleteProperty(subtle, name);
  };
}
