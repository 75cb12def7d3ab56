// A class on the local network is found by its name, address and key; what others send is believed no further than that.

import { describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import multicastDns from "multicast-dns";
import { type Announcement, announce, discover } from "../../src/net/discovery.ts";
import {
  answersTo,
  classesIn,
  type DnsRecord,
  gathered,
  isOnLink,
  recordsOf,
  SERVICE,
} from "../../src/net/discovery-records.ts";
import { systemClock } from "../../src/net/system-clock.ts";

const key = new Uint8Array(32).fill(0xab);
const otherKey = new Uint8Array(32).fill(0xcd);
const announced = { name: "CSCE 513", port: 12345, key };
const addresses = () => ["127.0.0.1"];

/** As it comes off the network: strings of a TXT record are bytes. */
function received(records: readonly DnsRecord[]): unknown[] {
  return records.map((record) =>
    record.type === "TXT" ? { ...record, data: record.data.map((text) => Buffer.from(text)) } : record,
  );
}

describe("the records of a class", () => {
  test("say what it is called, where it is and what its key is", () => {
    expect(classesIn(received(recordsOf(announced, "192.0.2.2")), "192.0.2.2")).toEqual([
      { name: "CSCE 513", hosts: ["192.0.2.2"], port: 12345, key },
    ]);
  });

  test("fit in DNS however long the name is, and whatever is in it", () => {
    for (const name of ["ü".repeat(100), "😀".repeat(100), "a.b\\c. d", ".", "x"]) {
      const records = recordsOf({ ...announced, name }, "192.0.2.2");
      const [instance = ""] = records.flatMap((record) => (record.type === "SRV" ? record.name : []));
      const label = instance.slice(0, -SERVICE.length - 1);
      expect(Buffer.byteLength(label)).toBeLessThanOrEqual(63);
      expect(label).not.toMatch(/[.\\]/);
      const [found] = classesIn(received(records), "192.0.2.2");
      expect(name).toStartWith(found?.name ?? "none");
      expect(found?.name.isWellFormed()).toBe(true);
    }
  });

  test("of two classes of one name are two, told apart by their keys", () => {
    const found = [announced, { ...announced, key: otherKey }].flatMap((one) =>
      classesIn(received(recordsOf(one, "192.0.2.2")), "192.0.2.2"),
    );
    expect(gathered([], found, 64)).toHaveLength(2);
  });

  test("answer questions about them, in any case, and no other", () => {
    const records = recordsOf(announced, "192.0.2.2");
    expect(answersTo([{ name: "_ClassChat._TCP.local", type: "PTR" }], records)).toEqual(records);
    expect(answersTo([{ name: "_services._dns-sd._udp.local", type: "PTR" }], records)).toMatchObject([
      { type: "PTR", data: SERVICE },
    ]);
    expect(answersTo([{ name: "classchat-abababab.local", type: "A" }], records)).toMatchObject([
      { data: "192.0.2.2" },
    ]);
    expect(answersTo([{ name: "_http._tcp.local", type: "PTR" }], records)).toEqual([]);
    expect(answersTo([{ name: SERVICE, type: "TXT" }], records)).toEqual([]);
    expect(answersTo([], records)).toEqual([]);
  });
});

describe("what anybody may send", () => {
  const good = received(recordsOf(announced, "192.0.2.2"));
  const change = (type: string, data: unknown) =>
    good.map((record) => {
      if (typeof record !== "object" || record === null || !("type" in record)) throw new Error("no record");
      return record.type === type ? { ...record, data } : record;
    });
  const txt = (...texts: readonly (string | Buffer)[]) =>
    change(
      "TXT",
      texts.map((text) => Buffer.from(text)),
    );
  const k = `k=${Buffer.from(key).toString("base64url")}`;

  const nothing: readonly (readonly [string, readonly unknown[]])[] = [
    ["nothing at all", []],
    ["what are no records", [null, 5, "x", [], {}]],
    ["no address of the service", good.filter((_, i) => i !== 1)],
    ["no description", good.filter((_, i) => i !== 2)],
    ["a port that is none", change("SRV", { port: 0, target: "x" })],
    ["a port that is text", change("SRV", { port: "1", target: "x" })],
    ["a SRV that is none", change("SRV", null)],
    ["a key that is too short", txt("v=1", "n=x", "k=abcd")],
    ["another version", txt("v=2", "n=x", k)],
    ["no name", txt("v=1", "n=", k)],
    ["a name of what cannot be seen", txt("v=1", "n=\u202e\u200b\u0007", k)],
    ["a description that is none", change("TXT", 7)],
    ["a pointer to nowhere", change("PTR", undefined)],
  ];
  for (const [what, records] of nothing)
    test(`${what}, is passed over`, () => expect(classesIn(records, "192.0.2.2")).toEqual([]));

  test("a name that would move or hide what is on the screen, is shown without it, and no longer than 100", () => {
    const name = (text: string) => classesIn(txt("v=1", `n=${text}`, k), "192.0.2.2")[0]?.name;
    expect(name("\u001b[2JCSCE\u202e 513\u0007")).toBe("[2JCSCE 513");
    expect(name("two\nlines")).toBe("two⏎lines");
    expect(name("x".repeat(240))).toBe("x".repeat(100));
  });

  test("an address of this machine, from another, is not believed", () => {
    const found = classesIn(received(recordsOf(announced, "127.0.0.1")), "192.0.2.66");
    expect(found).toMatchObject([{ hosts: ["192.0.2.66"] }]);
    for (const address of ["evil.example", "::1", 7, undefined])
      expect(classesIn(change("A", address), "192.0.2.66")).toMatchObject([{ hosts: ["192.0.2.66"] }]);
  });

  test("from another network, is not heard", () => {
    expect(isOnLink("192.0.2.7", "192.0.2.250", "255.255.255.0")).toBe(true);
    expect(isOnLink("192.0.3.7", "192.0.2.250", "255.255.255.0")).toBe(false);
    expect(isOnLink("192.0.3.7", "192.0.2.250", "255.255.254.0")).toBe(true);
    expect(isOnLink("10.0.0.1", "10.0.0.2", "255.255.255.255")).toBe(false);
    expect(isOnLink("200.1.1.1", "72.1.1.1", "128.0.0.0")).toBe(false);
  });

  test("any number of classes, fills no more than its place", () => {
    const many = Array.from({ length: 500 }, (_, i) => ({
      name: "x",
      hosts: ["192.0.2.2"],
      port: i + 1,
      key,
    }));
    expect(gathered([], many, 64)).toHaveLength(64);
    const hosts = Array.from({ length: 500 }, (_, i) => ({
      name: "x",
      hosts: [`192.0.2.${i}`],
      port: 1,
      key,
    }));
    expect(gathered([], hosts, 64)[0]?.hosts).toHaveLength(64);
  });
});

describe("over the network", () => {
  test("a class is found while it is announced, and not after", async () => {
    const mdnsPort = await freePort();
    const options = { clock: systemClock, addresses, mdnsPort };
    const announcement = started({ announced, ...options });
    const second = started({ announced: { ...announced, key: otherKey }, ...options });
    const found = await discover({ ...options });
    expect(found.trouble).toBeUndefined();
    expect(found.classes.map((one) => Buffer.from(one.key).toString("hex").slice(0, 2)).sort()).toEqual([
      "ab",
      "cd",
    ]);
    expect(found.classes[0]).toMatchObject({ name: "CSCE 513", hosts: ["127.0.0.1"], port: 12345 });
    await announcement.close();
    expect((await discover({ ...options })).classes).toMatchObject([{ key: otherKey }]);
    await second.close();
    expect(await discover({ ...options })).toEqual({ classes: [], trouble: undefined });
  });

  test("it takes itself back when it is closed", async () => {
    const mdnsPort = await freePort();
    const listener = multicastDns({ interface: "127.0.0.1", bind: "0.0.0.0", port: mdnsPort });
    const back = Promise.withResolvers<unknown>();
    const there = Promise.withResolvers<void>();
    listener.on("response", ({ answers = [] }) => {
      const [first] = answers;
      if (first === undefined || !("ttl" in first)) return;
      if (first.ttl === 0) back.resolve(first);
      else there.resolve();
    });
    await new Promise<void>((resolve) => listener.once("ready", resolve));
    const announcement = started({ announced, clock: systemClock, addresses, mdnsPort });
    await there.promise;
    await announcement.close();
    expect(await back.promise).toMatchObject({ type: "PTR", name: SERVICE });
    await new Promise<void>((resolve) => listener.destroy(resolve));
  });

  test("packets that are none disturb neither side", async () => {
    const mdnsPort = await freePort();
    const options = { clock: systemClock, addresses, mdnsPort };
    const announcement = started({ announced, ...options });
    const sender = createSocket("udp4");
    const send = () => {
      for (const packet of hostilePackets) sender.send(packet, mdnsPort, "127.0.0.1");
    };
    send();
    const finding = discover({ ...options });
    send();
    expect((await finding).classes).toMatchObject([{ name: "CSCE 513" }]);
    sender.close();
    await announcement.close();
  });

  test("an address that this machine does not have is told once, and keeps nothing else from working", async () => {
    const mdnsPort = await freePort();
    const troubles: string[] = [];
    const announcement = announce({
      announced,
      clock: systemClock,
      mdnsPort,
      addresses: () => ["203.0.113.7", "127.0.0.1"],
      onTrouble: (code) => troubles.push(code),
    });
    expect((await discover({ clock: systemClock, addresses, mdnsPort })).classes).toHaveLength(1);
    expect(troubles.length).toBeLessThanOrEqual(1);
    await announcement.close();
  });

  test("without any network nothing is found, and what is wrong is told", async () => {
    const options = { clock: systemClock, addresses: () => [] };
    expect(await discover(options)).toEqual({ classes: [], trouble: "ENETUNREACH" });
  });
});

const hostilePackets: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(12).fill(255),
  Uint8Array.from([
    0, 0, 0x84, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0xc0, 0x0c, 0, 12, 0, 1, 0, 0, 0, 1, 0, 2, 0xc0, 0x0c,
  ]), // a name that leads to itself
  Uint8Array.from([0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 63]),
  crypto.getRandomValues(new Uint8Array(1_400)),
];

function started(options: Omit<Parameters<typeof announce>[0], "onTrouble">): Announcement {
  return announce({
    ...options,
    onTrouble: (code) => {
      throw new Error(code);
    },
  });
}

/** A port of the test's own, so that what else there is on the network stays out of it. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
