// What holds a schema to the type it stands for: a field that is added to the type without one does not compile.
// Must not know any of them.

import type { GenericSchema } from "valibot";

/** A schema for each field of T. */
export type Fields<T> = { readonly [K in keyof T]-?: GenericSchema };
/** The same of the one case of a union in which the field `K` may be `V`. */
export type Case<T, K extends keyof T, V extends T[K]> = Fields<
  T extends unknown ? (V extends T[K] ? T : never) : never
>;
