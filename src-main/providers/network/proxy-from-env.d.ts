declare module 'proxy-from-env' {
  /** The proxy that the environment names for this address; '' for none. */
  export function getProxyForUrl(url: string): string;
}
