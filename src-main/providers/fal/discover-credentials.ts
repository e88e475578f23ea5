/** What this computer already has for fal.ai: the variables of its own clients. Offered, never used unasked. */
import type { Computer, DiscoveredCredentials } from '../contract/provider.ts';

/** In the order in which the official client looks: one string, else its two halves. */
export function discoverFalCredentials({ env }: Pick<Computer, 'env'>): DiscoveredCredentials[] {
  const fullKey = env['FAL_KEY']?.trim();
  const [id, secret] = [env['FAL_KEY_ID']?.trim(), env['FAL_KEY_SECRET']?.trim()];
  const key = fullKey || (id && secret ? `${id}:${secret}` : '');
  if (!key) return [];
  const from = fullKey ? 'FAL_KEY' : 'FAL_KEY_ID';
  return [{ id: 'fal-environment', name: 'fal.ai', from, values: { key }, use: 'environment' }];
}
