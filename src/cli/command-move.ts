// `classchat export-identity` and `import-identity`: a person goes on at another machine, with all there is on this one.
// Must not know how a vault is sealed, nor what the file looks like.

import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { loadProfile, type Profile, type ServerAddress } from "../client/profile.ts";
import { parseName } from "../domain/name.ts";
import { type ClientStore, StoreFailure } from "../ports.ts";
import { type IdentityFault, IdentityFile, writeIdentity } from "../store/identity-file.ts";
import { systemKeyring } from "../store/key-keyring.ts";
import { createPrivateFolder, syncPath, withFileFailures } from "../store/private-files.ts";
import { isMoved, markMoved, unmarkMoved } from "../store/vault-moved.ts";
import { openProfileVault } from "../store/vault-open.ts";
import { EXIT, type ExitCode, Failure, type Said } from "./exit.ts";
import { hasProfile, homeFolder, profileFolder } from "./home.ts";
import { output } from "./output.ts";
import { askPassphrase } from "./passphrase.ts";
import { random } from "./random.ts";
import { isThisMachine } from "./server-address.ts";
import { keyText, nameText } from "./wording.ts";

const GUARD = { prompt: "passphrase for the file", variable: "CLASSCHAT_FILE_PASSPHRASE" };
/** The file may lie on a stick or in a mailbox, and whoever has it may try passphrases for years. */
const LEAST = 8;

export interface ExportOptions {
  readonly user: string;
  readonly home?: string | undefined;
  readonly undo?: boolean | undefined;
}

export async function exportIdentity(
  file: string | undefined,
  { user, home, undo }: ExportOptions,
): Promise<ExitCode> {
  const { name, folder } = placeOf(user, home);
  if (!hasProfile(folder)) {
    const hint = "--user and --home say whose, and where profiles lie";
    throw new Failure(EXIT.usage, { line: `there is no profile ${name} on this machine`, hint });
  }
  const out = output(false);
  if (undo === true) {
    if (!isMoved(folder))
      throw new Failure(EXIT.usage, { line: `${name} has not moved from here`, hint: "nothing was changed" });
    unmarkMoved(folder);
    out.print(`${name} is here again.`);
    out.print("Delete the exported file; if it was imported somewhere already, delete the profile there.");
    return EXIT.done;
  }
  if (file === undefined)
    throw new Failure(EXIT.usage, {
      line: "which file is to be made?",
      hint: "classchat export-identity FILE --user NAME",
    });
  const path = resolve(file);
  const taken = { line: `${path} is there already`, hint: "name another; nothing is written over" };
  if (existsSync(path)) throw new Failure(EXIT.usage, taken);
  if (!existsSync(dirname(path)))
    throw new Failure(EXIT.usage, { line: `there is no folder ${dirname(path)}`, hint: "make it first" });
  const vault = await vaultOf(folder, false);
  try {
    const owner = loadProfile(vault)?.name;
    if (owner === undefined) throw new StoreFailure("corrupt");
    const passphrase = await newPassphrase();
    if (!(await writeIdentity(path, { owner, vault }, passphrase, random)))
      throw new Failure(EXIT.usage, taken);
    // Only now: whatever happens before, the person is still here.
    try {
      markMoved(folder, Date.now(), random);
    } catch (error) {
      rmSync(path);
      throw error;
    }
  } finally {
    vault.close();
  }
  const kilobytes = Math.ceil(statSync(path).size / 1024);
  out.print(`${name} has moved into ${path} (${kilobytes} KiB), and this machine's profile is closed.`);
  out.print(`On the other machine:  classchat import-identity ${file}`);
  out.print(`Import it once, on one machine, and delete the file then.`);
  out.print(`To stay here after all: classchat export-identity --undo --user ${name}`);
  return EXIT.done;
}

export interface ImportOptions {
  readonly user?: string | undefined;
  readonly home?: string | undefined;
  readonly passphrase?: boolean | undefined;
}

export async function importIdentity(file: string, options: ImportOptions): Promise<ExitCode> {
  const path = resolve(file);
  const opened = IdentityFile.open(path);
  if (!(opened instanceof IdentityFile)) throw faultOf(opened, path);
  try {
    const passphrase = await askPassphrase("open", true, GUARD);
    if (passphrase === undefined)
      throw new Failure(EXIT.usage, {
        line: "the file is guarded by a passphrase",
        hint: `run it on a terminal, or set ${GUARD.variable}`,
      });
    const unlocked = await opened.unlock(passphrase);
    if (typeof unlocked === "string") throw faultOf(unlocked, path);
    const { name, folder } = placeOf(unlocked.owner, options.home);
    if (options.user !== undefined && placeOf(options.user, options.home).folder !== folder)
      throw new Failure(EXIT.usage, {
        line: `that file is ${name}'s, not ${options.user}'s`,
        hint: "leave --user out (and CLASSCHAT_USER unset) to import it as what it is",
      });
    if (hasProfile(folder) && !isMoved(folder))
      throw new Failure(EXIT.usage, {
        line: `there is a profile ${name} on this machine already`,
        hint: `nothing is written over; another --home has room for it`,
      });
    const server = await moveIn(opened, path, name, folder, options.passphrase ?? false);
    const out = output(false);
    out.print(`${name} is here, with all conversations:  classchat chat --user ${name}`);
    if (isThisMachine(server.host))
      out.print(
        `Its server was on the machine left behind. Name it once: classchat chat --user ${name} --server LINK`,
      );
    out.print(`Delete ${path} now: it holds all of ${name}'s keys and messages.`);
    return EXIT.done;
  } finally {
    opened.close();
  }
}

/** The profile comes to be in its place whole, or not at all. */
async function moveIn(
  opened: IdentityFile,
  path: string,
  name: string,
  folder: string,
  wantsPassphrase: boolean,
): Promise<ServerAddress> {
  const home = dirname(folder);
  const beside = (what: string) => join(home, `.${folder.slice(home.length + 1)}.${what}`);
  const [draft, old] = [beside("import"), beside("moved")];
  const clear = () =>
    withFileFailures(() => [draft, old].forEach((it) => rmSync(it, { recursive: true, force: true })));
  createPrivateFolder(home);
  clear(); // of one that was cut short
  try {
    let profile: Profile | undefined;
    const vault = await vaultOf(draft, wantsPassphrase);
    try {
      const filled = opened.fill(vault);
      if (filled !== "filled") throw faultOf(filled, path);
      profile = loadProfile(vault);
      if (profile?.name !== name) throw faultOf("damaged", path);
    } finally {
      vault.close();
    }
    withFileFailures(() => {
      if (existsSync(folder)) renameSync(folder, old);
      renameSync(draft, folder);
      syncPath(home);
    });
    return profile.server;
  } finally {
    clear();
  }
}

async function newPassphrase(): Promise<string> {
  const passphrase = await askPassphrase("create", true, GUARD);
  if (passphrase !== undefined && [...passphrase].length >= LEAST) return passphrase;
  throw new Failure(EXIT.usage, {
    line: `the passphrase has less than ${LEAST} characters`,
    hint: "some words that nobody would guess; nothing was made",
  });
}

async function vaultOf(folder: string, wantsPassphrase: boolean): Promise<ClientStore> {
  const passphrase = (purpose: "create" | "open") => askPassphrase(purpose, wantsPassphrase);
  try {
    const opened = await openProfileVault(folder, { keyring: systemKeyring(), random, passphrase });
    if (opened.ok) return opened.vault;
    throw new Failure(EXIT.failed, keyText(opened.reason, folder));
  } catch (error) {
    if (!(error instanceof StoreFailure) || error.reason !== "busy") throw error;
    throw new Failure(EXIT.failed, {
      line: "another program has this profile open",
      hint: "end the chat, or what else uses it, and try again",
    });
  }
}

function placeOf(user: string, home: string | undefined): { readonly name: string; readonly folder: string } {
  const parsed = parseName(user);
  if (!parsed.ok) throw new Failure(EXIT.usage, nameText(parsed.why));
  return { name: parsed.name, folder: profileFolder(homeFolder(home), parsed.fold) };
}

function faultOf(why: IdentityFault, path: string): Failure {
  const said: Record<IdentityFault, Said> = {
    missing: {
      line: `there is no file ${path}`,
      hint: "classchat export-identity on the other machine makes it",
    },
    other: {
      line: `${path} is no file that export-identity made`,
      hint: "classchat export-identity on the other machine makes one",
    },
    newer: {
      line: `${path} was made by a newer version of classchat`,
      hint: "use that version here: classchat --version tells which this is",
    },
    damaged: {
      line: `${path} is damaged: cut short, or changed`,
      hint: "copy it again from the other machine; nothing was imported",
    },
    "wrong-passphrase": {
      line: "that is not the passphrase of this file",
      hint: "the one that export-identity asked for; without it, on the old machine: export-identity --undo",
    },
  };
  return new Failure(why === "missing" ? EXIT.usage : EXIT.failed, said[why]);
}
