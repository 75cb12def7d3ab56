// How the client writes its small records: JSON with bytes as base64url, read back through a schema.
// Must not know where records lie.

import * as v from "valibot";
import { StoreFailure } from "../ports.ts";

/** Bytes in a record. */
export const bytes = v.pipe(
  v.string(),
  v.regex(/^[\w-]*$/),
  v.transform((text): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"))),
);

export function encodeRecord(record: object): Uint8Array {
  const text = JSON.stringify(record, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : value,
  );
  return new Uint8Array(Buffer.from(text));
}

/** Throws StoreFailure("corrupt"): the vault's own seal held, so a record of another form is a broken vault. */
export function decodeRecord<S extends v.GenericSchema>(schema: S, record: Uint8Array): v.InferOutput<S> {
  try {
    return v.parse(schema, JSON.parse(Buffer.from(record).toString("utf8")));
  } catch (error) {
    throw new StoreFailure("corrupt", error);
  }
}
