/** How long anything of a network may take, in milliseconds. Nothing waits for ever: what is not here has no time limit, and needs one. */
export const timeLimits = {
  /** Until a connection stands: looking up the name, connecting, and the handshake of TLS. Of a proxy: until it lets us through. */
  connectMs: 15_000,
  /** Without a byte in either direction, once it stands: the first byte of an answer too. */
  idleMs: 60_000,
  /** What the system, or the script of a configuration file, says about proxies. */
  proxyLookupMs: 10_000,
  /** A proxy configuration file, as a whole. */
  pacFileMs: 10_000,
  /** The first answer of a check: a person waits for it. */
  checkMs: 20_000,
  /** The greeting that tells whether a port speaks TLS. */
  tlsCheckMs: 3000,
  /** A look at a link as a stranger, redirects included. */
  linkCheckMs: 10_000,
  /** The values that a field can have. */
  suggestMs: 10_000,
  /** A service that gives keys: connecting, and its whole answer. */
  keyServiceConnectMs: 10_000,
  keyServiceMs: 15_000,
  /** Signing out at a service, as a whole: what is removed is gone already. */
  signOutMs: 5000,
  /** A browser that comes back from a sign-in, until it has said what it wants. */
  redirectRequestMs: 10_000,
  /** The test of a destination, as a whole, and what it cleans up behind itself. */
  destinationTestMs: 60_000,
  cleanUpMs: 15_000,
} as const;
