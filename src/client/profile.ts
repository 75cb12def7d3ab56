// Who this device is and which server it belongs to: its keys, its credential, the pinned server key.
// Must not know how the vault is opened or how the server is reached.

import * as v from "valibot";
import { generateIdentity, type Identity, issueCredential } from "../mls/identity.ts";
import type { ClientStore, Random } from "../ports.ts";
import { bytes, decodeRecord, encodeRecord } from "./record.ts";

const key = v.pipe(
  bytes,
  v.check((value) => value.length === 32),
);

const profileRecord = v.object({
  v: v.literal(1),
  name: v.string(),
  identity: key,
  device: key,
  signature: key,
  /** The server has the name down for this identity key. */
  registered: v.boolean(),
  server: v.object({
    host: v.string(),
    port: v.number(),
    /** The raw Ed25519 key of the server, pinned. Absent before the first contact on this machine. */
    pin: v.exactOptional(key),
    /** The link's secret, for registering. */
    secret: v.exactOptional(bytes),
  }),
});

type ProfileRecord = v.InferOutput<typeof profileRecord>;
export type ServerAddress = ProfileRecord["server"];

export interface Profile {
  readonly name: string;
  readonly identity: Identity;
  /** TLS key pair of the device: seed and raw public key. */
  readonly device: Identity;
  readonly signature: Identity;
  readonly credential: Uint8Array;
  readonly registered: boolean;
  readonly server: ServerAddress;
}

/** Makes and keeps the keys of a new person on a new device. */
export function createProfile(
  store: ClientStore,
  random: Random,
  name: string,
  server: ServerAddress,
): Profile {
  const seed = () => generateIdentity(random).secret;
  const record = {
    v: 1 as const,
    name,
    identity: seed(),
    device: seed(),
    signature: seed(),
    registered: false,
    server,
  };
  return save(store, record);
}

export function loadProfile(store: ClientStore): Profile | undefined {
  const record = store.get("profile", "self");
  return record === undefined ? undefined : expand(decodeRecord(profileRecord, record));
}

export function updateProfile(
  store: ClientStore,
  profile: Profile,
  change: Partial<Pick<Profile, "registered" | "server">>,
): Profile {
  const { name, identity, device, signature, registered, server } = { ...profile, ...change };
  const secrets = { identity: identity.secret, device: device.secret, signature: signature.secret };
  return save(store, { v: 1, name, ...secrets, registered, server });
}

function save(store: ClientStore, record: ProfileRecord): Profile {
  store.transaction([{ put: "profile", key: "self", value: encodeRecord(record) }]);
  return expand(record);
}

function expand({ name, registered, server, ...secrets }: ProfileRecord): Profile {
  const pair = (secret: Uint8Array) => generateIdentity(() => secret);
  const [identity, device, signature] = [
    pair(secrets.identity),
    pair(secrets.device),
    pair(secrets.signature),
  ];
  const credential = issueCredential(identity, {
    name,
    device: device.public,
    signatureKey: signature.public,
  });
  return { name, identity, device, signature, credential, registered, server };
}
