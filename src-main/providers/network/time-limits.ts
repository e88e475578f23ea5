/** All time limits of network operations, in milliseconds. Every network operation needs one of them. */
export const timeLimits = {
  /**
   * Until a connection is usable: name lookup, TCP connection and TLS handshake. With a proxy, until the proxy has
   * established the connection.
   */
  connectMs: 15_000,
  /** The longest time without a byte in either direction on an open connection. Waiting for a response counts too. */
  idleMs: 60_000,
  /**
   * A request without a file and its whole response. Long, because a store may take minutes to put the parts of a large
   * file together, and sends a byte from time to time meanwhile.
   */
  responseMs: 10 * 60_000,
  /** Asking the system or the proxy configuration file for the proxy. */
  proxyLookupMs: 10_000,
  /** Loading a proxy configuration file. */
  pacFileMs: 10_000,
  /** The first response of a check. Short, because a user waits for it. */
  checkMs: 20_000,
  /** The handshake that tells whether a port speaks TLS. */
  tlsCheckMs: 3000,
  /** Opening a link as an anonymous client, with redirects. */
  linkCheckMs: 10_000,
  /** Loading the suggestions of a field. */
  suggestMs: 10_000,
  /** Connecting to a service that issues credentials, such as AWS STS. */
  keyServiceConnectMs: 10_000,
  /** The whole response of such a service. */
  keyServiceMs: 15_000,
  /** Signing out at a service, after its destination was removed. */
  signOutMs: 5000,
  /** Reading the request of the browser that returns from a sign-in. */
  redirectRequestMs: 10_000,
  /** The whole test of a destination, without its clean-up. */
  destinationTestMs: 60_000,
  /** Deleting the file of a test. */
  cleanUpMs: 15_000,
} as const;
