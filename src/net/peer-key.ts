// Owns the one question after a TLS handshake: which key has the peer proven to hold?
// Must not know which keys are welcome.

import type { X509Certificate } from "node:crypto";
import { ed25519KeyOf } from "./certificate.ts";

/** The part of a TLS socket that is asked. */
export interface Secured {
  getPeerX509Certificate(): X509Certificate | undefined;
}

export type PeerKey =
  | { readonly outcome: "proven"; readonly key: Uint8Array }
  /** The handshake is finished, but the peer showed no certificate or one with a key that is not Ed25519. */
  | { readonly outcome: "no-key"; readonly detail: string }
  /** There is no TLS connection: the peer broke off, spoke something else, or did not hold the key it showed. */
  | { readonly outcome: "unfinished"; readonly detail: string };

/** What the system says of a certificate that no authority has signed. */
const SELF_SIGNED = "DEPTH_ZERO_SELF_SIGNED_CERT";

/**
 * What a server knows of its client. The certificate alone proves nothing: when the signature over the handshake is
 * wrong the socket still shows it, and only `success` tells (RFC 8446 §4.4.3).
 */
export function keyOfClient(socket: Secured, success: boolean, error: Error | null): PeerKey {
  return success ? keyIn(socket) : { outcome: "unfinished", detail: describe(error) };
}

/**
 * What a client knows of its server. `success` is false here for every certificate no authority has signed; that
 * complaint alone means that all else was right.
 */
export function keyOfServer(socket: Secured, success: boolean, error: Error | null): PeerKey {
  if (success || (error !== null && "code" in error && error.code === SELF_SIGNED)) return keyIn(socket);
  return { outcome: "unfinished", detail: describe(error) };
}

function keyIn(socket: Secured): PeerKey {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { outcome: "no-key", detail: "no certificate" };
  try {
    const { publicKey } = certificate;
    const key = ed25519KeyOf(publicKey.export({ format: "der", type: "spki" }));
    return key === undefined
      ? { outcome: "no-key", detail: publicKey.asymmetricKeyType ?? "unknown" }
      : { outcome: "proven", key };
  } catch (error) {
    // A certificate is the peer's input: a key the system cannot read is a key it does not have.
    return { outcome: "no-key", detail: describe(error) };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
