// The links of invitations: where a server was last reached, kept in its data, and its key make them, with a secret each.
// Must not know whom they are for.

import { join } from "node:path";
import { type Address, formatAddress, formatLink, parseAddress } from "../domain/join-link.ts";
import { certificateOf } from "../net/certificate.ts";
import { type Log, StoreFailure } from "../ports.ts";
import type { ServerSqlite } from "../store/server-sqlite.ts";
import { EXIT, Failure } from "./exit.ts";
import { publicAddress } from "./server-address.ts";
import { KEY, keptBytes } from "./server-files.ts";

const ADDRESS = "address";

/** Notes where those outside reach the server, for links that are made later. */
export async function keepAddress(store: ServerSqlite, address: Address, log: Log): Promise<void> {
  try {
    const text = formatAddress(address);
    if ((await kept(store)) !== text) await store.setMeta(ADDRESS, new TextEncoder().encode(text));
  } catch (error) {
    // A class goes on with a full disk; until there is room, links have to be told the address.
    if (!(error instanceof StoreFailure)) throw error;
    log("warn", "address-not-kept", { reason: error.reason });
  }
}

/** What makes a link of a secret. `outside`: as typed; else where the server was when it last ran. */
export async function linkMaker(
  data: string,
  store: ServerSqlite,
  outside: string | undefined,
): Promise<(secret: Uint8Array) => string> {
  const known = parseAddress((await kept(store)) ?? "", 0);
  if (!known.ok && outside === undefined) {
    throw new Failure(EXIT.usage, {
      line: "it is not known where students reach this server: it has not run yet",
      hint: "run classchat serve once, or name the address: --public HOST:PORT",
    });
  }
  const address = outside === undefined ? known : publicAddress(outside, known.ok ? known.port : 0);
  if (!("host" in address) || address.port === 0) {
    throw new Failure(EXIT.usage, { line: "the address has no port", hint: "--public HOST:PORT" });
  }
  const { host, port } = address;
  const pin = certificateOf(keptBytes(join(data, KEY), 32)).publicKey;
  return (secret) => formatLink({ host, port, pin, secret });
}

async function kept(store: ServerSqlite): Promise<string | undefined> {
  const bytes = await store.meta(ADDRESS);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
