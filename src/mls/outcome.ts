// What the calls of this room answer: a value, or the reason why bytes from others were refused.
// Must not know what is done about a refusal.

/** Why bytes from others, or a change asked for, were not taken. Codes are only ever added. */
export type MlsRefusal =
  | "malformed" // not what RFC 9420 writes, or against its rules
  | "too-large"
  | "unsupported" // another version, suite, extension or kind of message
  | "wrong-group"
  | "past-epoch" // its keys are gone; for a commit: another one came first
  | "future-epoch" // commits are missing: process them first
  | "own-message"
  | "replayed" // opened before, or skipped too long ago
  | "undecryptable" // also: a signature, tag or tree that does not hold
  | "not-a-member" // its sender is not, or this device is no longer
  | "credential-mismatch" // a credential not of its leaf, or a leaf that changed its person
  | "forbidden" // a proposal nobody makes here, or against the caller's rule
  | "forbidden-removal"
  | "no-such-member"
  | "already-member"
  | "duplicate-key"
  | "expired"
  | "wrong-tree" // of a Welcome without one: none was given, or not the one of its epoch
  | "no-key-package"; // the Welcome is not for this KeyPackage

export type Refused = { readonly ok: false; readonly refused: MlsRefusal };

/** Either the value or a refusal. */
export type Outcome<T> = ({ readonly ok: true } & T) | Refused;

/** The refused outcome. */
export function refuse(refused: MlsRefusal): Refused {
  return { ok: false, refused };
}
