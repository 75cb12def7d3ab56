// The port of a class's server unless another is chosen. Alone, so that the help needs nothing else.

export const DEFAULT_PORT = 12345;
