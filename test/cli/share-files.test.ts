// What a share folder offers: files as they are at the moment, by their own hashes, and nothing that only looks like one.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShareFolder } from "../../src/cli/share-files.ts";

let folder: string;
let warned: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "classchat-share-"));
  warned = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
const open = () => new ShareFolder(folder, (file) => warned.push(file));
const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");

test("builds in the order of systems, what goes with them, and no other file", async () => {
  put("classchat-0.1.0-linux-x64.tar.gz", "linux");
  put("classchat-0.9.0-windows-x64.zip", "old");
  put("classchat-0.10.0-windows-x64.zip", "new");
  put("classchat-windows-x64.exe", "bare");
  for (const paper of ["SHA256SUMS", "SHA256SUMS.minisig", "classchat.pub", "classchat-0.1.0.cdx.json"])
    put(paper, "");
  for (const other of ["join.secret", "server.key", ".env", "classchat-linux-x64.bak", "minisign.key"])
    put(other, "no");
  mkdirSync(join(folder, "classchat-linux-arm64"));
  const { builds, papers } = await open().offer();
  expect(builds.map(({ name }) => name)).toEqual([
    "classchat-0.10.0-windows-x64.zip",
    "classchat-0.9.0-windows-x64.zip",
    "classchat-windows-x64.exe",
    "classchat-0.1.0-linux-x64.tar.gz",
  ]);
  expect(builds[3]).toMatchObject({ size: 5, sha256: sha256("linux"), platform: "linux-x64" });
  expect(papers.map(({ name }) => name)).toEqual([
    "SHA256SUMS",
    "SHA256SUMS.minisig",
    "classchat-0.1.0.cdx.json",
    "classchat.pub",
  ]);
});

test("a link to elsewhere is no file of the folder", async () => {
  const outside = mkdtempSync(join(tmpdir(), "classchat-outside-"));
  writeFileSync(join(outside, "secret"), "secret");
  symlinkSync(join(outside, "secret"), join(folder, "classchat-linux-x64"));
  const share = open();
  expect(await share.offer()).toEqual({ builds: [], papers: [] });
  expect(await share.file("classchat-linux-x64")).toBeUndefined();
  rmSync(outside, { recursive: true });
});

test("a file that has become a link is not handed out any more", async () => {
  put("classchat-linux-x64", "good");
  const share = open();
  expect(await share.file("classchat-linux-x64")).toMatchObject({ sha256: sha256("good") });
  rmSync(join(folder, "classchat-linux-x64"));
  symlinkSync("/etc/hostname", join(folder, "classchat-linux-x64"));
  expect(await share.file("classchat-linux-x64")).toBeUndefined();
});

test("names that are none of its files are nothing, whatever they lead to", async () => {
  put("classchat-linux-x64", "good");
  const share = open();
  for (const name of [
    "",
    ".",
    "..",
    "../x",
    "%2e%2e/x",
    "./classchat-linux-x64",
    "classchat-linux-x64/",
    "\0",
    "__proto__",
  ])
    expect([name, await share.file(name)]).toEqual([name, undefined]);
});

test("a file that changes is hashed anew when it is asked for", async () => {
  put("classchat-linux-x64", "first");
  const share = open();
  expect(await share.file("classchat-linux-x64")).toMatchObject({ sha256: sha256("first") });
  put("classchat-linux-x64", "second");
  expect(await share.file("classchat-linux-x64")).toMatchObject({ sha256: sha256("second"), size: 6 });
});

test("a file that is not what SHA256SUMS says is left out, and told once", async () => {
  put("classchat-linux-x64", "cut sho");
  put("classchat-linux-arm64", "whole");
  put(
    "SHA256SUMS",
    `${sha256("cut short")}  classchat-linux-x64\n${sha256("whole")}  classchat-linux-arm64\n`,
  );
  const share = open();
  expect((await share.offer()).builds.map(({ name }) => name)).toEqual(["classchat-linux-arm64"]);
  put("classchat-linux-arm64", "whole"); // another look at the folder
  await share.file("classchat-linux-arm64");
  expect(warned).toEqual(["classchat-linux-x64"]);
});
