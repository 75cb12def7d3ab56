// The contract of the server's store, held by SQLite (as it is, and with hardly room for recent entries) and by memory.

import type { ServerStore } from "../../src/ports/server-store.ts";
import { DurableMemory, ServerMemory } from "../../src/store/server-memory.ts";
import { openServerStore, type ServerStoreOptions } from "../../src/store/server-sqlite.ts";
import { serverCommitsContract } from "./server-contract-commits.ts";
import { serverGroupsContract } from "./server-contract-groups.ts";
import { serverBlobsContract } from "./server-contract-blobs.ts";
import { serverInvitationsContract } from "./server-contract-invitations.ts";
import { serverKeepingContract } from "./server-contract-keeping.ts";
import { serverLeavingContract } from "./server-contract-leaving.ts";
import { serverLogsContract } from "./server-contract-logs.ts";
import { serverDirectoryContract } from "./server-contract.ts";
import { type Subject, temporaryFolder } from "./server-fixtures.ts";

function subject(open: () => ServerStore, remove: () => void): Subject {
  const store = open();
  return {
    store,
    reopen: async () => {
      await store.close();
      return subject(open, remove);
    },
    dispose: async () => {
      await store.close();
      remove();
    },
  };
}

function sqlite(options: ServerStoreOptions): () => Promise<Subject> {
  return async () => {
    const folder = temporaryFolder();
    return subject(() => openServerStore(folder.path("server.sqlite"), options), folder.remove);
  };
}

async function memory(): Promise<Subject> {
  const durable = new DurableMemory();
  return subject(
    () => new ServerMemory(durable),
    () => {},
  );
}

const CONTRACTS = [
  serverDirectoryContract,
  serverLogsContract,
  serverKeepingContract,
  serverGroupsContract,
  serverCommitsContract,
  serverLeavingContract,
  serverBlobsContract,
  serverInvitationsContract,
];

for (const contract of CONTRACTS) {
  contract("SQLite", sqlite({}));
  contract("SQLite, two recent entries", sqlite({ recent: { rows: 2, bytes: 1e6 } }));
  contract("memory", memory);
}
