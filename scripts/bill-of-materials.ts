// What the executables are made of, as a CycloneDX 1.6 document: from the lock file, and the packages as installed.
// Must not know how the executables are made.

import * as v from "valibot";

const Entry = v.object({
  version: v.optional(v.string()),
  license: v.optional(v.string()),
  integrity: v.optional(v.string()),
  dev: v.optional(v.boolean()),
  peer: v.optional(v.boolean()),
  optional: v.optional(v.boolean()),
});
const Lock = v.object({ packages: v.record(v.string(), Entry) });

export interface Product {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** A patch that a package has been given: its text. */
export type Patches = ReadonlyMap<string, string>;

interface Component {
  readonly type: "library" | "platform" | "application";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: readonly object[];
  readonly hashes?: readonly object[];
  readonly pedigree?: object;
}

/** The packages that are in the executables: folders from the project's root, by the lock file's order. */
export function shippedPackages(lock: unknown): string[] {
  const { packages } = v.parse(Lock, lock);
  return Object.entries(packages).flatMap(([path, { dev, peer, optional }]) =>
    path === "" || dev === true || (peer === true && optional === true) ? [] : path,
  );
}

/**
 * The document, with nothing in it that differs from build to build. `runtimes`: the packages of Bun whose executable
 * is in ours, with the integrity that the lock file knows.
 */
export function billOfMaterials(
  product: Product,
  lock: unknown,
  runtimes: readonly string[],
  patches: Patches,
): string {
  const { packages } = v.parse(Lock, lock);
  const components = shippedPackages(lock).map((path) =>
    component("library", path.slice(path.lastIndexOf("node_modules/") + 13), packages[path] ?? {}, patches),
  );
  const platforms = runtimes.map((name) => {
    const entry = packages[`node_modules/${name}`];
    if (entry === undefined) throw new Error(`the lock file does not know ${name}: bun run lock`);
    return component("platform", name, { license: "MIT", ...entry }, patches);
  });
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: component("application", product.name, product, patches),
      properties: [{ name: "classchat:source", value: "package-lock.json" }],
    },
    components: [...components, ...platforms],
    dependencies: [
      {
        ref: purl(product.name, product.version),
        dependsOn: [...new Set([...components, ...platforms].map((one) => one["bom-ref"]))],
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function component(
  type: Component["type"],
  name: string,
  { version = "", license, integrity }: v.InferOutput<typeof Entry>,
  patches: Patches,
): Component {
  const ref = purl(name, version);
  const patch = patches.get(`${name}@${version}`);
  const hash = /^sha512-(.+)$/.exec(integrity ?? "")?.[1];
  return {
    type,
    "bom-ref": ref,
    name,
    version,
    purl: ref,
    licenses:
      license === undefined
        ? []
        : [/ (OR|AND) /.test(license) ? { expression: license } : { license: { id: license } }],
    // Of the package as the registry has it.
    ...(hash === undefined
      ? {}
      : { hashes: [{ alg: "SHA-512", content: Buffer.from(hash, "base64").toString("hex") }] }),
    ...(patch === undefined
      ? {}
      : { pedigree: { patches: [{ type: "unofficial", diff: { text: { content: patch } } }] } }),
  };
}

function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
}
