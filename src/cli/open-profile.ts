// A profile put together and running: its vault, its keys, its way to the server; or the face of the process that has
// it already. Must not know which command asked for it.

import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client } from "../client/client.ts";
import type { Face } from "../client/events.ts";
import {
  createProfile,
  loadProfile,
  type Profile,
  type ServerAddress,
  updateProfile,
} from "../client/profile.ts";
import type { Downloads } from "../client/transfer-view.ts";
import { parseName } from "../domain/name.ts";
import { dialer } from "../net/dial.ts";
import { systemClock } from "../net/system-clock.ts";
import { type ClientStore, type Dial, StoreFailure } from "../ports.ts";
import { systemKeyring } from "../store/key-keyring.ts";
import type { KeyKind } from "../store/key-source.ts";
import { diskShelf } from "../store/file-shelf.ts";
import { type OpenedVault, openProfileVault } from "../store/vault-open.ts";
import { MAX_FRAME } from "../wire/limits.ts";
import { type AttachedFace, attachFace } from "./attach-dial.ts";
import { offerFace } from "./attach-serve.ts";
import { SocketRefused, socketPath } from "./attach-path.ts";
import { EXIT, Failure } from "./exit.ts";
import { hasProfile, profileFolder } from "./home.ts";
import { askPassphrase } from "./passphrase.ts";
import { random } from "./random.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import { parseServer, reachable } from "./server-address.ts";
import { keyText, nameText, storeText } from "./wording.ts";

export interface ProfileOptions {
  readonly home: string;
  readonly user: string;
  /** A link, or HOST:PORT, or what came of one, or nothing: then the server the profile has, or that of this machine. */
  readonly server?: string | ServerAddress | undefined;
  /** Make the profile when there is none. */
  readonly create: boolean;
  /** Guard a new profile with a passphrase. */
  readonly passphrase?: boolean | undefined;
  /** Whether a new profile may have its key in the system's keyring; else in a file. True unless set. */
  readonly keyring?: boolean;
  /** Where what others send is put, and up to which size unasked; bytes. */
  readonly files?: string | undefined;
  readonly autoAccept?: number | undefined;
  /** Stay away from the server. */
  readonly offline?: boolean;
  readonly version: string;
  /** A line for the person, not for a program. */
  readonly note: (line: string) => void;
}

export interface OpenProfile {
  readonly face: Face;
  readonly name: string;
  readonly folder: string;
  /** Where the key of its vault comes from; undefined where another process has it. */
  readonly key: KeyKind | undefined;
  /** It was made just now. */
  readonly created: boolean;
  /** Another process has the profile and this one goes through it; resolves when that one ends. */
  readonly holderGone: Promise<void> | undefined;
  readonly close: () => Promise<void>;
  /** Closes, and takes back what was made: for a name that could not be had. */
  readonly discard: () => Promise<void>;
}

type OpenVault = Extract<OpenedVault, { readonly ok: true }>;

export const DIAL_TIMEOUT = 10_000;
export const CAP = 16 * MAX_FRAME;
/** How long a process that is just starting or ending is waited for, ms. */
const PATIENCE = 3_000;
const PAUSE = 50;
/** Of a profile's folder, unless another is named; and what is taken unasked, bytes. */
const DOWNLOADS = "downloads";
const AUTO_ACCEPT = 100_000_000;

export async function openProfile(options: ProfileOptions): Promise<OpenProfile> {
  const parsed = parseName(options.user);
  if (!parsed.ok) throw new Failure(EXIT.usage, nameText(parsed.why));
  const folder = profileFolder(options.home, parsed.fold);
  if (!options.create && !hasProfile(folder)) {
    const hint = `join first: classchat join LINK --user ${parsed.name}`;
    throw new Failure(EXIT.usage, { line: `there is no profile ${parsed.name} on this machine`, hint });
  }
  const wanted = typeof options.server === "string" ? parseServer(options.server) : options.server;
  for (const until = Date.now() + PATIENCE; ;) {
    const opened = await openVaultOf(folder, options);
    if (opened !== undefined) return start(opened, folder, parsed.name, wanted, options);
    const attached = await attachFace(socketPath(folder), options.version).catch((error: unknown) => {
      throw socketFailure(error, folder);
    });
    if (attached.ok) {
      const isSaid = options.files !== undefined || options.autoAccept !== undefined;
      if (isSaid) await attached.face.receiveInto(downloadsOf(folder, options));
      return beside(attached.face, parsed.name, folder);
    }
    if (attached.why === "other-version") {
      const hint = "end that program first, or use its version";
      throw new Failure(EXIT.failed, { line: "another version of classchat is using this profile", hint });
    }
    // The one that holds it has not opened its socket yet, or has closed it already.
    if (Date.now() > until) throw new Failure(EXIT.failed, storeText("busy"));
    await Bun.sleep(PAUSE);
  }
}

function beside(face: AttachedFace, name: string, folder: string): OpenProfile {
  const close = () => face.close();
  const { promise, resolve } = Promise.withResolvers<void>();
  face.onGone(resolve);
  return { face, name, folder, key: undefined, created: false, holderGone: promise, close, discard: close };
}

/** Undefined when another process has it. */
async function openVaultOf(folder: string, options: ProfileOptions): Promise<OpenVault | undefined> {
  try {
    const passphrase = (purpose: "create" | "open") => askPassphrase(purpose, options.passphrase ?? false);
    const opened = await openProfileVault(folder, {
      keyring: options.keyring === false ? undefined : systemKeyring(),
      random,
      passphrase,
    });
    if (!opened.ok) throw new Failure(EXIT.failed, keyText(opened.reason, folder));
    if (opened.warning === "key-in-file") {
      options.note(
        `note: there is no keyring here, so the key of this profile is the file ${folder}/vault.key`,
      );
      options.note(
        "hint: whoever can read that file can read your messages; --passphrase guards a new profile better",
      );
    }
    return opened;
  } catch (error) {
    if (error instanceof StoreFailure && error.reason === "busy") return undefined;
    throw error;
  }
}

async function start(
  { vault, kind }: OpenVault,
  folder: string,
  name: string,
  wanted: ServerAddress | undefined,
  options: ProfileOptions,
): Promise<OpenProfile> {
  let profile: Profile | undefined;
  let created = false;
  try {
    profile = loadProfile(vault);
    created = profile === undefined;
    if (profile !== undefined) profile = redirect(vault, profile, wanted);
    else
      profile = createProfile(
        vault,
        random,
        name,
        reachable(wanted ?? { host: "127.0.0.1", port: DEFAULT_PORT }),
      );
  } catch (error) {
    vault.close();
    if (created) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const bug = (error: unknown) =>
    queueMicrotask(() => {
      throw error;
    });
  const dial = dialOf(profile, bug);
  const client = new Client(
    { store: vault, clock: systemClock, random, dial, shelf: diskShelf, bug },
    profile,
    `classchat ${options.version}`,
  );
  await client.receiveInto(downloadsOf(folder, options));
  // Without a socket (a file system that has none) this profile can still be used, by one command at a time.
  const offer = await offerFace(client, socketPath(folder), options.version).catch((error: unknown) => {
    const { message, hint } = socketFailure(error, folder);
    options.note(`note: ${message}\nhint: ${hint}`);
    return undefined;
  });
  if (options.offline !== true) client.start();
  const close = async () => {
    await offer?.close();
    await client.close();
  };
  return {
    face: client,
    name: profile.name,
    folder,
    key: kind,
    created,
    holderGone: undefined,
    close,
    async discard() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function downloadsOf(folder: string, { files, autoAccept = AUTO_ACCEPT }: ProfileOptions): Downloads {
  return { folder: files === undefined ? join(folder, DOWNLOADS) : resolve(files), upTo: autoAccept };
}

/** What a second command for this profile would stumble over; a bug is thrown on. */
function socketFailure(error: unknown, folder: string): Failure {
  if (!(error instanceof SocketRefused)) throw error;
  const line = `no second command can share this profile: ${error.path} cannot be used`;
  const hint =
    error.reason === "not-private"
      ? `chmod 700 ${folder}`
      : "move away what lies there; one command at a time works";
  return new Failure(EXIT.failed, { line, hint });
}

function dialOf({ server, device }: Profile, onFault: (error: unknown) => void): Dial {
  const { host, port, pin } = server;
  // Without a pin it is this machine's own server (`reachable` saw to that): its key is pinned at first contact.
  const expected = pin === undefined ? { acceptKey: () => true } : { pin };
  return dialer({
    host,
    port,
    seed: device.secret,
    timeout: DIAL_TIMEOUT,
    cap: CAP,
    clock: systemClock,
    onFault,
    ...expected,
  });
}

/** The profile with the address it was told; the pin stays what it is. */
function redirect(vault: ClientStore, profile: Profile, wanted: ServerAddress | undefined): Profile {
  const before = profile.server;
  if (
    wanted === undefined ||
    (wanted.host === before.host && wanted.port === before.port && wanted.pin === undefined)
  ) {
    return profile;
  }
  if (wanted.pin !== undefined && before.pin !== undefined && Buffer.compare(wanted.pin, before.pin) !== 0) {
    throw new Failure(EXIT.untrusted, {
      line: `the profile ${profile.name} belongs to another server than this link's`,
      hint: "join that class under another --user, or with another --home",
    });
  }
  const server = reachable({ ...before, ...wanted });
  return updateProfile(vault, profile, { server });
}
