// Words between the members of an epoch that nobody keeps: sealed under a key that the group exports, so that no ratchet
// moves and nothing is to be written down. Must not know what they say.

import { mlsExporter } from "ts-mls";
import { guarded } from "./decode.ts";
import { type Conversation, reveal } from "./state.ts";

const LABEL = "classchat 1 whisper";
const KEY = 32;
const NONCE = 12;
const NO_CONTEXT = new Uint8Array();

/** Exported secrets, by what they are made of. */
const keys = new WeakMap<Uint8Array, Uint8Array>();

/**
 * nonce (12) | `content` in ChaCha20-Poly1305, bound to `aad`, under MLS-Exporter of the present epoch (RFC 9420 §8.5).
 * Any member can make one, so that `aad` has to say whose it is, and each can be opened any number of times: this is for
 * what has no weight.
 */
export async function sealWhisper(
  conversation: Conversation,
  content: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array> {
  const { mls } = reveal(conversation);
  const nonce = mls.rng.randomBytes(NONCE);
  const sealed = await mls.hpke.encryptAead(await keyOf(conversation), nonce, aad, content);
  return Buffer.concat([nonce, sealed]);
}

/** The content; undefined where it was not sealed in this epoch, with this `aad`. */
export async function openWhisper(
  conversation: Conversation,
  whisper: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { mls } = reveal(conversation);
  const key = await keyOf(conversation);
  return guarded(() => mls.hpke.decryptAead(key, whisper.subarray(0, NONCE), aad, whisper.subarray(NONCE)));
}

async function keyOf(conversation: Conversation): Promise<Uint8Array> {
  const { mls, state } = reveal(conversation);
  const { exporterSecret } = state.keySchedule;
  const known = keys.get(exporterSecret);
  if (known !== undefined) return known;
  const key = await mlsExporter(exporterSecret, LABEL, NO_CONTEXT, KEY, mls);
  keys.set(exporterSecret, key);
  return key;
}
