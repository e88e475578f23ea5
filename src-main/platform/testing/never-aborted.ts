/** A signal for requests that no test cancels. */
import { setMaxListeners } from 'node:events';

export const neverAborted: AbortSignal = new AbortController().signal;
// Thousands of requests listen to this signal at once.
setMaxListeners(0, neverAborted);
