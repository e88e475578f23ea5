/** Made by vite.config.ts out of main's manifests. */
declare module 'virtual:providers' {
  import type { ProviderInfo } from '../../src-shared/provider.ts';

  export const providers: ProviderInfo[];
}
