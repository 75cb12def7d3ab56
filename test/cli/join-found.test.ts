// Of classes found on the network: how they are listed, and what a link is held against before it is used.

import { expect, test } from "bun:test";
import { Failure } from "../../src/cli/exit.ts";
import { byLink, listed } from "../../src/cli/join-found.ts";
import { formatLink } from "../../src/domain/join-link.ts";

const key = new Uint8Array(32).fill(1);
const secret = new Uint8Array(16).fill(2);
const found = { name: "CSCE 513", hosts: ["192.0.2.2", "127.0.0.1"], port: 12345, key };
const linkTo = (host: string, pin = key) => formatLink({ host, port: 9, pin, secret });

test("a link that names a number leads to where its server was found; one that names a name, where it says", () => {
  expect(byLink(found, linkTo("198.51.100.7"))).toMatchObject({
    host: "192.0.2.2",
    port: 12345,
    pin: key,
    secret,
  });
  expect(byLink(found, linkTo("chat.example.org"))).toMatchObject({
    host: "chat.example.org",
    port: 9,
    pin: key,
  });
});

test("a link of another key is refused as not trusted", () => {
  const use = () => byLink(found, linkTo("192.0.2.2", new Uint8Array(32).fill(3)));
  expect(use).toThrow(Failure);
  expect(use).toThrow(expect.objectContaining({ code: 4 }));
});

test("those of one name are listed both, and a word says so", () => {
  const lines = listed([found, { ...found, hosts: ["192.0.2.9"], key: new Uint8Array(32).fill(9) }]);
  expect(lines).toHaveLength(4);
  expect(lines[1]).toMatch(
    /^1 {2}CSCE 513 {2}192\.0\.2\.2:12345 \(this machine\) {2}key ([0-9a-f]{4} ){4}…$/,
  );
  expect(lines[2]).toMatch(/^2 {2}CSCE 513 {2}192\.0\.2\.9:12345 {17}key ([0-9a-f]{4} ){4}…$/);
  expect(lines[3]).toStartWith("several are called CSCE 513");
});
