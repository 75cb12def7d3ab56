// A class as DNS-SD has it (RFC 6763): the records that announce one, and what is read of records that came from anybody.
// Pure. Must not know sockets.

import { printable } from "../domain/text.ts";

/** A server that says it is there. Nothing of it is proven. */
export interface FoundClass {
  /** What it calls itself, fit to be shown; never empty. */
  readonly name: string;
  /** IPv4 addresses, those of other machines first. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** The raw Ed25519 key it says it has, 32 bytes. */
  readonly key: Uint8Array;
}

export interface Announced {
  readonly name: string;
  readonly port: number;
  readonly key: Uint8Array;
}

/** As multicast-dns has them. */
export type DnsRecord =
  | { readonly type: "PTR"; readonly name: string; readonly ttl: number; readonly data: string }
  | {
      readonly type: "A";
      readonly name: string;
      readonly ttl: number;
      readonly flush: true;
      readonly data: string;
    }
  | {
      readonly type: "TXT";
      readonly name: string;
      readonly ttl: number;
      readonly flush: true;
      readonly data: string[];
    }
  | {
      readonly type: "SRV";
      readonly name: string;
      readonly ttl: number;
      readonly flush: true;
      readonly data: { readonly port: number; readonly target: string };
    };

export const SERVICE = "_classchat._tcp.local";
/** RFC 6763 §9: asks which kinds of services there are. */
const ALL_SERVICES = "_services._dns-sd._udp.local";
/** RFC 6762 §10, shortened: a laptop moves on. */
const TTL = 120;
const KEY = 32;
const LONGEST_NAME = 100;
/** One DNS label has 63 bytes, eight of them the key's; a string of a TXT record has 255. */
const LABEL = 50;
const TXT = 250;

/**
 * The records of one interface, its address among them (RFC 6762 §6.2). `ttl` 0 takes them back. The key is part of the
 * instance's name, so that two classes of one name are two.
 */
export function recordsOf(
  { name, port, key }: Announced,
  address: string,
  ttl: 0 | typeof TTL = TTL,
): DnsRecord[] {
  const mark = Buffer.from(key).toString("hex").slice(0, 8);
  const instance = `${cut(name.replace(/[.\\]/g, "-"), LABEL)} ${mark}.${SERVICE}`;
  const host = `classchat-${mark}.local`;
  const txt = ["v=1", cut(`n=${name}`, TXT), `k=${Buffer.from(key).toString("base64url")}`];
  return [
    { type: "PTR", name: SERVICE, ttl, data: instance },
    { type: "SRV", name: instance, ttl, flush: true, data: { port, target: host } },
    { type: "TXT", name: instance, ttl, flush: true, data: txt },
    { type: "A", name: host, ttl, flush: true, data: address },
  ];
}

/** What answers a question; nothing where it is about something else. */
export function answersTo(
  questions: readonly { readonly name: string; readonly type: string }[],
  records: readonly DnsRecord[],
): DnsRecord[] {
  for (const { name, type } of questions) {
    const asked = name.toLowerCase();
    const isAny = type === "ANY";
    if (asked === SERVICE && (type === "PTR" || isAny)) return [...records];
    if (asked === ALL_SERVICES && (type === "PTR" || isAny))
      return [{ type: "PTR", name: ALL_SERVICES, ttl: TTL, data: SERVICE }];
    const meant = records.filter(
      (record) => record.name.toLowerCase() === asked && (isAny || record.type === type),
    );
    if (meant.length > 0) return meant;
  }
  return [];
}

/** The classes in an answer from `from`, an IPv4 address. Whatever is not as it should be is passed over. */
export function classesIn(records: readonly unknown[], from: string): FoundClass[] {
  const given = records.flatMap((record) => fieldsOf(record) ?? []);
  const of = (name: unknown, type: string) =>
    given.find((record) => record.type === type && isSameName(record.name, name))?.data;
  return given
    .filter(({ type, name, ttl }) => type === "PTR" && isSameName(name, SERVICE) && ttl !== 0)
    .flatMap(({ data: instance }) => {
      const srv = of(instance, "SRV");
      const txt = textsOf(of(instance, "TXT"));
      const key = Buffer.from(txt.get("k") ?? "", "base64url");
      const name = shown(txt.get("n") ?? "");
      if (!isObject(srv) || txt.get("v") !== "1" || key.length !== KEY || name === "") return [];
      const { port, target } = srv;
      if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) return [];
      const address = of(target, "A");
      // Nobody elsewhere can be this machine: an answer over the network that names it is not believed.
      const host = isIPv4(address) && (!isLoopback(address) || isLoopback(from)) ? address : from;
      return [{ name, hosts: [host], port, key: Uint8Array.from(key) }];
    });
}

/** Adds what was found to what is known: one for each key and port, with all its addresses. */
export function gathered(
  known: readonly FoundClass[],
  more: readonly FoundClass[],
  most: number,
): FoundClass[] {
  const all = [...known];
  for (const one of more) {
    const at = all.findIndex(({ key, port }) => port === one.port && Buffer.compare(key, one.key) === 0);
    const before = all[at];
    if (before === undefined) {
      if (all.length < most) all.push(one);
      continue;
    }
    const hosts = [...new Set([...before.hosts, ...one.hosts])].slice(0, most);
    all[at] = { ...before, hosts: hosts.sort((a, b) => Number(isLoopback(a)) - Number(isLoopback(b))) };
  }
  return all;
}

/**
 * Whether two IPv4 addresses are on one network. Who is not is neither answered nor heard (RFC 6762 §11): a server on the
 * internet would be found, and used to flood others, by anybody.
 */
export function isOnLink(a: string, b: string, netmask: string): boolean {
  const mask = numberOf(netmask);
  return (numberOf(a) & mask) === (numberOf(b) & mask);
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.");
}

interface Fields {
  readonly type: unknown;
  readonly name: unknown;
  readonly ttl: unknown;
  readonly data: unknown;
}

function fieldsOf(record: unknown): Fields | undefined {
  if (!isObject(record)) return undefined;
  const { type, name, ttl, data } = record;
  return { type, name, ttl, data };
}

function textsOf(data: unknown): ReadonlyMap<string, string> {
  const strings: unknown[] = Array.isArray(data) ? data.slice(0, 32) : [];
  return new Map(
    strings.flatMap((bytes) => {
      if (!(bytes instanceof Uint8Array)) return [];
      const [, key, value] = /^([^=]*)=(.*)$/su.exec(Buffer.from(bytes).toString("utf8")) ?? [];
      return key === undefined || value === undefined ? [] : [[key.toLowerCase(), value] as const];
    }),
  );
}

function shown(name: string): string {
  return [...printable(name, { lines: false }).trim()].slice(0, LONGEST_NAME).join("");
}

/** The first `bytes` bytes of a text in UTF-8, no character cut through. */
function cut(text: string, bytes: number): string {
  let length = 0;
  const kept = [...text].filter((char) => {
    length += Buffer.byteLength(char);
    return length <= bytes;
  });
  return kept.join("");
}

function isSameName(a: unknown, b: unknown): boolean {
  return typeof a === "string" && typeof b === "string" && a.toLowerCase() === b.toLowerCase();
}

function isIPv4(address: unknown): address is string {
  return typeof address === "string" && /^(?:\d{1,3}\.){3}\d{1,3}$/.test(address);
}

function numberOf(address: string): number {
  return address.split(".").reduce((number, part) => (number << 8) | Number(part), 0);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
