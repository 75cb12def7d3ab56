// The server's store in one SQLite file: opens it, and runs every call in its tick's transaction.
// Must not know what the rows mean: the directory and the logs do.

import { Database } from "bun:sqlite";
import { closeSync, existsSync, openSync } from "node:fs";
import type { DeviceId, LogId } from "../domain/id.ts";
import { StoreFailure } from "../ports.ts";
import type { Role } from "../domain/role.ts";
import type { BlobRegister } from "../ports/blobs.ts";
import type { Invitations } from "../ports/invitations.ts";
import type {
  Append,
  Founding,
  LogCreation,
  Quota,
  Registration,
  ServerStore,
  StoredKeyPackage,
} from "../ports/server-store.ts";
import { migrate } from "./migrations.ts";
import { blobRegister } from "./server-blob-steps.ts";
import { ServerBlobs } from "./server-blobs.ts";
import { ServerDirectory } from "./server-directory.ts";
import { invitationBook } from "./server-invitation-steps.ts";
import { ServerInvitations } from "./server-invitations.ts";
import { type RecentLimit, ServerLogs } from "./server-logs.ts";
import { type Schedule, TickQueue, type Transactions } from "./server-queue.ts";
import { SERVER_STEPS } from "./server-schema.ts";
import { storeFailureOf, withStoreFailures } from "./sqlite-failure.ts";

export interface ServerStoreOptions {
  /** When the calls made so far are run; unless given the end of the tick, and for cursors alone a moment later. */
  readonly schedule?: Schedule;
  /** How many of the newest entries are kept in memory and in arrival order on disk. */
  readonly recent?: RecentLimit;
}

const RECENT: RecentLimit = { rows: 2048, bytes: 4 * 1024 * 1024 };

/** How long a moved cursor waits for others to share its transaction, ms: those of a large group come almost together. */
const SOON = 25;

/**
 * Opens the server's database at `path`, made with mode 0600 when it is not there, and brings it to this version.
 * Throws StoreFailure. Bodies and keys given to the store, and entries it answers, must not be changed afterwards.
 */
export function openServerStore(path: string, options: ServerStoreOptions = {}): ServerSqlite {
  return serverStoreOver(openServerDatabase(path), options);
}

/** The database at `path` with the settings the store needs. Throws StoreFailure. */
export function openServerDatabase(path: string): Database {
  createPrivate(path);
  const db = withStoreFailures(() => new Database(path, { readwrite: true, create: true, strict: true }));
  try {
    // An operator's command may hold the lock for a moment.
    db.run("PRAGMA busy_timeout = 5000");
    db.run("PRAGMA journal_mode = WAL");
    // What was answered survives a loss of power, and not a crash of the process alone.
    db.run("PRAGMA synchronous = FULL");
    db.run("PRAGMA foreign_keys = ON");
    // The pages of `recent` are written over and over: the rarer the checkpoint, the fewer reach the database file.
    db.run("PRAGMA wal_autocheckpoint = 4000");
    db.run("PRAGMA cache_size = -8000");
    return db;
  } catch (error) {
    db.close(true);
    throw storeFailureOf(error) ?? error;
  }
}

/** The store over an open database, which it migrates and, in the end, closes. Throws StoreFailure. */
export function serverStoreOver(db: Database, options: ServerStoreOptions = {}): ServerSqlite {
  try {
    migrate(db, SERVER_STEPS);
    return withStoreFailures(() => new ServerSqlite(db, options));
  } catch (error) {
    db.close(true);
    throw error;
  }
}

export class ServerSqlite implements ServerStore {
  readonly blobs: BlobRegister;
  readonly invitations: Invitations;
  readonly #db: Database;
  readonly #queue: TickQueue;
  readonly #directory: ServerDirectory;
  readonly #logs: ServerLogs;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database, options: ServerStoreOptions) {
    this.#db = db;
    this.#sql = prepare(db);
    const invitations = new ServerInvitations(db);
    this.#directory = new ServerDirectory(db, invitations);
    const blobs = new ServerBlobs(db);
    this.#logs = new ServerLogs(db, blobs, options.recent ?? RECENT);
    const { schedule = setImmediate, schedule: soon = (run) => void setTimeout(run, SOON) } = options;
    this.#queue = new TickQueue(transactions(db, this.#logs), schedule, soon);
    this.blobs = blobRegister(this.#queue, blobs);
    this.invitations = invitationBook(this.#queue, invitations);
  }

  register(registration: Registration): ReturnType<ServerStore["register"]> {
    return this.#queue.write(() => {
      const outcome = this.#directory.register(registration);
      if (outcome === "registered") this.#logs.openInbox(registration.device);
      return outcome;
    });
  }

  unregister(fold: string): Promise<boolean> {
    return this.#queue.write(() => {
      const devices = this.#directory.unregister(fold);
      for (const device of devices ?? []) this.#logs.leaveAll(device);
      return devices !== undefined;
    });
  }

  setRole(fold: string, role: Role): Promise<boolean> {
    return this.#queue.write(() => this.#directory.setRole(fold, role));
  }

  accountOfDevice(device: DeviceId): ReturnType<ServerStore["accountOfDevice"]> {
    return this.#queue.read(() => this.#directory.accountOfDevice(device));
  }

  account(fold: string): ReturnType<ServerStore["account"]> {
    return this.#queue.read(() => this.#directory.account(fold));
  }

  accounts(after: string, limit: number): ReturnType<ServerStore["accounts"]> {
    return this.#queue.read(() => this.#directory.accounts(after, limit));
  }

  publish(device: DeviceId, packages: readonly StoredKeyPackage[]): Promise<number> {
    return this.#queue.write(() => this.#directory.publish(device, packages));
  }

  claim(device: DeviceId): ReturnType<ServerStore["claim"]> {
    return this.#queue.write(() => this.#directory.claim(device));
  }

  create(creation: LogCreation): ReturnType<ServerStore["create"]> {
    return this.#queue.write(() => this.#logs.create(creation));
  }

  found(founding: Founding): ReturnType<ServerStore["found"]> {
    return this.#queue.write(() => this.#logs.groups.found(founding));
  }

  group(fold: string): ReturnType<ServerStore["group"]> {
    return this.#queue.read(() => this.#logs.groups.group(fold));
  }

  groupOfLog(log: LogId): ReturnType<ServerStore["groupOfLog"]> {
    return this.#queue.read(() => this.#logs.groups.groupOfLog(log));
  }

  groups(after: string, limit: number): ReturnType<ServerStore["groups"]> {
    return this.#queue.read(() => this.#logs.groups.groups(after, limit));
  }

  people(log: LogId, after: string, limit: number): ReturnType<ServerStore["people"]> {
    return this.#queue.read(() => this.#logs.groups.people(log, after, limit));
  }

  depart(log: LogId, device: DeviceId, statement: Uint8Array): ReturnType<ServerStore["depart"]> {
    return this.#queue.write(() => this.#logs.groups.depart(log, device, statement));
  }

  departed(log: LogId): ReturnType<ServerStore["departed"]> {
    return this.#queue.read(() => this.#logs.groups.departed(log));
  }

  append(append: Append, quota?: Quota): ReturnType<ServerStore["append"]> {
    return this.#queue.write(() => this.#logs.append(append, quota));
  }

  groupInfo(log: LogId, epoch?: number): ReturnType<ServerStore["groupInfo"]> {
    return this.#queue.read(() => this.#logs.groupInfo(log, epoch));
  }

  advance(log: LogId, device: DeviceId, seq: number): ReturnType<ServerStore["advance"]> {
    return this.#queue.writeSoon(() => this.#logs.advance(log, device, seq));
  }

  entries(log: LogId, after: number, limit: number, bytes: number): ReturnType<ServerStore["entries"]> {
    return this.#queue.read(() => this.#logs.entries(log, after, limit, bytes));
  }

  memberships(device: DeviceId): ReturnType<ServerStore["memberships"]> {
    return this.#queue.read(() => this.#logs.memberships(device));
  }

  members(log: LogId): ReturnType<ServerStore["members"]> {
    return this.#queue.read(() => this.#logs.members(log));
  }

  expired(log: LogId): Promise<number> {
    return this.#queue.read(() => this.#logs.expired(log));
  }

  waiting(device: DeviceId): Promise<number> {
    return this.#queue.read(() => this.#logs.waiting(device));
  }

  trim(): Promise<number> {
    return this.#queue.write(() => this.#logs.trim());
  }

  expire(before: number): ReturnType<ServerStore["expire"]> {
    return this.#queue.write(() => this.#logs.expire(before));
  }

  /** A value the server keeps about itself, such as the secret of its link. */
  meta(key: string): Promise<Uint8Array | undefined> {
    return this.#queue.read(() => this.#sql.meta.get(key)?.value);
  }

  setMeta(key: string, value: Uint8Array): Promise<void> {
    return this.#queue.write(() => void this.#sql.setMeta.run(key, value));
  }

  /** Runs the calls made so far, then closes the database. */
  async close(): Promise<void> {
    this.#queue.close();
    withStoreFailures(() => this.#db.close(true));
  }
}

function prepare(db: Database) {
  return {
    meta: db.prepare<{ value: Uint8Array }, [string]>("SELECT value FROM meta WHERE key = ?"),
    setMeta: db.prepare<null, [string, Uint8Array]>("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"),
  };
}

function transactions(db: Database, logs: ServerLogs): Transactions {
  const beginRead = db.prepare("BEGIN");
  const beginWrite = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const dataVersion = db.prepare<{ data_version: number }, []>("PRAGMA data_version");
  /** The database's content as memory knows it. */
  let known: number | undefined;
  let writing = false;
  return {
    begin(writes) {
      writing = writes;
      (writes ? beginWrite : beginRead).run();
      // Changes when another connection has committed; asked inside the transaction, so that none can any more.
      const version = dataVersion.get()?.data_version;
      if (version !== known) logs.reload();
      logs.begun();
      known = version;
    },
    commit() {
      if (writing) logs.beforeCommit();
      commit.run();
      logs.committed();
    },
    rollback() {
      logs.rolledBack();
      // SQLite has rolled back by itself after some faults.
      if (db.inTransaction) db.run("ROLLBACK");
    },
    failureOf: storeFailureOf,
  };
}

function createPrivate(path: string): void {
  try {
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOSPC") throw new StoreFailure("full", error);
    if (code === "EROFS" || code === "EACCES" || code === "EPERM") throw new StoreFailure("read-only", error);
    throw new StoreFailure("io", error);
  }
}
