/** What this computer already has for fal.ai: the variables of its own clients. Offered, never used unasked. */
import type { Computer, Found } from '../provider.ts';

/** In the order in which the official client looks: one string, else its two halves. */
export function foundOn({ env }: Pick<Computer, 'env'>): Found[] {
  const whole = env['FAL_KEY']?.trim();
  const [id, secret] = [env['FAL_KEY_ID']?.trim(), env['FAL_KEY_SECRET']?.trim()];
  const key = whole || (id && secret ? `${id}:${secret}` : '');
  if (!key) return [];
  const from = whole ? 'FAL_KEY' : 'FAL_KEY_ID';
  return [{ id: 'fal-environment', name: 'fal.ai', from, values: { key }, use: 'environment' }];
}
