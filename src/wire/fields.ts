// The fields that messages are made of, each a schema with its bounds. Must not know the messages.

import * as v from "valibot";
import { chunkCount, CHUNK_TAG, MAX_FILE, sealedSize } from "../domain/chunks.ts";
import { MAX_RULES } from "../domain/group-rules.ts";
import { isRole, ORDINARY, type Role } from "../domain/role.ts";
import {
  MAX_COMMIT,
  MAX_CREDENTIAL,
  MAX_GROUP_INFO,
  MAX_KEY_PACKAGE,
  MAX_MESSAGE,
  MAX_STATEMENT,
  MAX_WELCOME,
} from "./limits.ts";

const whole = (most: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(most));

/** Pairs a request with its answer; chosen by the client, never reused on a link. */
export const requestId = whole(Number.MAX_SAFE_INTEGER);
/** A place in a log, from 1; 0 stands before the first. */
export const seq = whole(Number.MAX_SAFE_INTEGER);
export const epoch = whole(Number.MAX_SAFE_INTEGER);
/** Milliseconds since 1970, by the server's clock. */
export const time = whole(8.64e15);
export const count = whole(Number.MAX_SAFE_INTEGER);
/** 16 bytes, base64url. */
export const messageId = v.pipe(v.string(), v.regex(/^[\w-]{22}$/));
/** 24 bytes, or for an inbox its device's 32; base64url. */
export const logId = v.pipe(v.string(), v.regex(/^(?:[\w-]{32}|[\w-]{43})$/));
/** 16 bytes, base64url: see domain/group-log.ts. */
export const nonce = v.pipe(v.string(), v.regex(/^[\w-]{22}$/));
/** 24 bytes, base64url. */
export const blobId = v.pipe(v.string(), v.regex(/^[\w-]{32}$/));
/** Which chunk of a file, from 0; how many of them. */
export const chunkIndex = whole(chunkCount(MAX_FILE) - 1);
export const chunks = whole(chunkCount(MAX_FILE));
/** Bytes of all the sealed chunks of a file. */
export const blobSize = v.pipe(whole(sealedSize(MAX_FILE)), v.minValue(CHUNK_TAG));
/** 32 bytes, base64url: a raw Ed25519 public key. */
export const key = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));
/** A KeyPackageRef (RFC 9420 §5.2), hex. */
export const keyPackageRef = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** Whatever somebody typed as a name; the rules of names are the directory's. */
export const name = v.pipe(v.string(), v.maxLength(256));
/** What somebody is besides a student; one that this version does not know yet is not shown. */
export const role = v.pipe(
  v.string(),
  v.maxLength(32),
  v.transform((text): Role => (isRole(text) ? text : ORDINARY)),
);
/** 16 bytes, base64url: the secret in the link. */
export const secret = v.pipe(v.string(), v.regex(/^[\w-]{22}$/));

const size = (most: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(most));
/** Sizes of the parts of a body that holds several, in order. */
export const keyPackageSize = size(MAX_KEY_PACKAGE);
export const welcomeSize = size(MAX_WELCOME);
export const groupInfoSize = size(MAX_GROUP_INFO);
export const commitSize = size(MAX_COMMIT);
export const credentialSize = size(MAX_CREDENTIAL);
export const rulesSize = size(MAX_RULES);
export const historySize = size(MAX_MESSAGE);
export const statementSize = size(MAX_STATEMENT);
