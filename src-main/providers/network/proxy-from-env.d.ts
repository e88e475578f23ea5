declare module 'proxy-from-env' {
  /** The proxy that the environment variables name for this address; '' for none. */
  export function getProxyForUrl(url: string): string;
}
