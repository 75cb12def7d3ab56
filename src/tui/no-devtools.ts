// Stands for react-devtools-core, which Ink names but never loads here: tsconfig.json leads its name to this file.
// Must not do anything.

const devtools = {
  initialize(): void {},
  connectToDevTools(): void {},
};

// oxlint-disable-next-line import/no-default-export -- as Ink imports it
export { devtools as default };
