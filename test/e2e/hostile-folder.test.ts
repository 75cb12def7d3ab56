// The folder a person happens to be in has no say: its .env and bunfig.toml are none of our business.

import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { objects, succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

test("an executable started in a hostile folder reads neither its .env nor its bunfig.toml nor its package.json", async () => {
  await using world = new World();
  const { link } = await world.serve();
  const cwd = join(world.folder, "hostile");
  mkdirSync(cwd);
  const settings = [
    "CLASSCHAT_HOME=/nonexistent/home",
    "CLASSCHAT_USER=mallory",
    "CLASSCHAT_SERVER=198.51.100.1:1",
    "CLASSCHAT_PASSPHRASE=theirs",
    "BUN_OPTIONS=--preload=./preload.ts",
  ];
  for (const name of [".env", ".env.local", ".env.production", ".env.development"]) {
    writeFileSync(join(cwd, name), `${settings.join("\n")}\n`);
  }
  writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./preload.ts"]\n[run]\npreload = ["./preload.ts"]\n');
  writeFileSync(
    join(cwd, "preload.ts"),
    'require("fs").writeFileSync("preloaded", "x"); process.exit(99);\n',
  );
  writeFileSync(join(cwd, "package.json"), '{"type": "commonjs", "imports": {"#x": "./preload.ts"}}\n');
  writeFileSync(join(cwd, "tsconfig.json"), "{ no JSON");

  const alice = world.person("alice");
  succeeded(await world.run(alice.args("join", link), { cwd }));
  expect(existsSync(join(alice.folder, "vault.key"))).toBe(true); // no passphrase was found
  const users = succeeded(await world.run(alice.args("users", "--json"), { cwd }));
  expect(objects(users)).toMatchObject([{ name: "alice", me: true }]);
  succeeded(await world.run(["join", link, "--user", "bob"], { cwd }));
  expect(existsSync(join(world.folder, ".local/share/classchat/bob/vault.sqlite"))).toBe(true);
  const missing = await world.run(["users"], { cwd });
  expect(missing.code).toBe(2); // no user was found either
  expect(existsSync(join(cwd, "preloaded"))).toBe(false);
});
