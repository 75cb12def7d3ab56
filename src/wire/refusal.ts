// The one list of refusal codes. Append only: a code is never renamed, reused or removed.
// Must not hold text for users; cli/ says what each means.

/** `again`: whether the same request may succeed later, unchanged. */
export const REFUSALS = {
  malformed: { again: false },
  "too-large": { again: false },
  "unsupported-version": { again: false },
  "unknown-type": { again: false },
  "no-certificate": { again: false },
  "hello-first": { again: false },
  "not-registered": { again: false },
  "wrong-secret": { again: false },
  "bad-credential": { again: false },
  "name-invalid": { again: false },
  "name-taken": { again: false },
  "name-alike": { again: false },
  "device-taken": { again: false },
  "no-such-user": { again: false },
  "no-key-package": { again: true },
  "no-such-log": { again: false },
  "not-member": { again: false },
  "log-exists": { again: false },
  "wrong-log": { again: false },
  "stale-epoch": { again: false },
  "too-many": { again: true },
  "storage-full": { again: true },
  "storage-failed": { again: true },
  "shutting-down": { again: true },
  "taken-over": { again: false },
  "slow-reader": { again: true },
  idle: { again: true },
  quota: { again: false },
  "no-such-group": { again: false },
  "group-exists": { again: false },
  "group-alike": { again: false },
  "group-closed": { again: false },
  "group-full": { again: false },
  "invite-only": { again: false },
  barred: { again: false },
  "already-in": { again: false },
  forbidden: { again: false },
  "too-large-file": { again: false },
  "no-space": { again: true },
  "file-quota": { again: false },
  "no-such-blob": { again: false },
  "invitation-expired": { again: false },
  "invitation-used": { again: false },
  "invitation-revoked": { again: false },
  "invitation-name": { again: false },
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export const REFUSAL_CODES = Object.keys(REFUSALS).filter(isRefusalCode);

export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(REFUSALS, code);
}
