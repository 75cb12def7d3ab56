// The share folder: which of its files are offered, how large they are and what their hashes are, by a look at the files
// themselves. Must not know how they are shown or sent.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildOf, type NamedBuild, PLATFORMS, platformHere } from "./share-platform.ts";

export interface SharedFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly modified: number;
  /** Of what is in the file, hex. */
  readonly sha256: string;
}

export interface SharedBuild extends SharedFile, NamedBuild {}

/** What is offered at one time. */
export interface Offer {
  readonly builds: readonly SharedBuild[];
  /** What goes with them: sums, their signature and its key, lists of what is inside. */
  readonly papers: readonly SharedFile[];
}

const SUMS = "SHA256SUMS";
const PAPERS = /^(?:SHA256SUMS(?:\.minisig)?|classchat\.pub|[A-Za-z0-9][A-Za-z0-9._+-]{0,99}\.cdx\.json)$/;
/** A folder of other people's things is none to share; and the page stays short. */
const MOST_FILES = 100;
const LARGEST_SUMS = 64 * 1024;
/** How long one look at the folder is good for, ms: a crowd of visitors costs no more than one. */
const GOOD_FOR = 1_000;

export class ShareFolder {
  readonly #folder: string;
  readonly #warn: (file: string, what: "not-as-in-SHA256SUMS") => void;
  #known = new Map<string, SharedFile>();
  #warned = new Set<string>();
  #looking: Promise<Offer> | undefined;
  #looked = -Infinity;

  /** `warn` is told of a file that is left out, once for each state of it. */
  constructor(folder: string, warn: (file: string, what: "not-as-in-SHA256SUMS") => void) {
    this.#folder = folder;
    this.#warn = warn;
  }

  /** What is there now; hashed anew where size or time have changed. Rejects with the system's error. */
  offer(): Promise<Offer> {
    const now = performance.now();
    if (this.#looking === undefined || now - this.#looked > GOOD_FOR) {
      this.#looked = now;
      // One look at a time: hashing takes longer than a look is good for.
      const before = this.#looking?.catch(() => undefined);
      const looking = before === undefined ? this.#look() : before.then(() => this.#look());
      looking.catch(() => {
        if (this.#looking === looking) this.#looking = undefined;
      });
      this.#looking = looking;
    }
    return this.#looking;
  }

  /** One of the files that are offered, by its name; undefined for any other name. */
  async file(name: string): Promise<SharedFile | undefined> {
    const found = named(await this.offer(), name);
    if (found === undefined || (await isStill(found))) return found;
    this.#looked = -Infinity;
    return named(await this.offer(), name);
  }

  async #look(): Promise<Offer> {
    const entries = await readdir(this.#folder, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile() && (PAPERS.test(entry.name) || buildIn(entry.name) !== undefined))
      .map(({ name }) => name)
      .sort()
      .slice(0, MOST_FILES);
    const known = new Map<string, SharedFile>();
    // One after the other: the chat has the machine, too.
    for (const name of names) {
      const file = await this.#fileNamed(name);
      if (file !== undefined) known.set(name, file);
    }
    this.#known = known;
    const sums = known.has(SUMS) ? await this.#sums() : new Map<string, string>();
    const isGood = ({ name, sha256 }: SharedFile) => {
      const told = sums.get(name);
      if (told === undefined || told === sha256) return true;
      if (!this.#warned.has(`${name} ${sha256}`)) this.#warn(name, "not-as-in-SHA256SUMS");
      this.#warned.add(`${name} ${sha256}`);
      return false;
    };
    const good = [...known.values()].filter(isGood);
    const builds = good.flatMap((file) => {
      const build = buildIn(file.name);
      return build === undefined ? [] : [{ ...file, ...build }];
    });
    return { builds: builds.sort(inOrder), papers: good.filter(({ name }) => PAPERS.test(name)) };
  }

  async #fileNamed(name: string): Promise<SharedFile | undefined> {
    const path = join(this.#folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isFile() !== true) return undefined;
    const before = this.#known.get(name);
    if (before !== undefined && before.size === stats.size && before.modified === stats.mtimeMs)
      return before;
    const sha256 = await hashOf(path).catch(() => undefined); // gone or not to be read: not offered
    return sha256 === undefined
      ? undefined
      : { name, path, size: stats.size, modified: stats.mtimeMs, sha256 };
  }

  /** What SHA256SUMS says; nothing where it is none. */
  async #sums(): Promise<ReadonlyMap<string, string>> {
    const { path, size } = this.#known.get(SUMS) ?? { path: "", size: Infinity };
    if (size > LARGEST_SUMS) return new Map();
    const text = await readFile(path, "utf8").catch(() => "");
    return new Map(
      [...text.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm)].map(
        ([, hash = "", name = ""]) => [name, hash] as const,
      ),
    );
  }
}

async function isStill({ path, size, modified }: SharedFile): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size === size && stats.mtimeMs === modified;
}

function named({ builds, papers }: Offer, name: string): SharedFile | undefined {
  return [...builds, ...papers].find((file) => file.name === name);
}

function buildIn(name: string): NamedBuild | undefined {
  if (name !== "classchat" && name !== "classchat.exe") return buildOf(name);
  const platform = platformHere();
  return platform === undefined ? undefined : { platform, version: undefined, packed: "no" };
}

/** By platform; what is packed before what is not (its mode survives), the newer before the older. */
function inOrder(a: SharedBuild, b: SharedBuild): number {
  return (
    PLATFORMS.indexOf(a.platform) - PLATFORMS.indexOf(b.platform) ||
    Number(a.packed === "no") - Number(b.packed === "no") ||
    (b.version ?? "").localeCompare(a.version ?? "", "en", { numeric: true })
  );
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(chunk);
  return hash.digest("hex");
}
