import { expect, test } from 'vitest';
import { StopRequests } from './stop-requests.ts';

function requestsAt(...times: number[]) {
  let now = 0;
  let exits = 0;
  const stop = new StopRequests({ exit: () => exits++, now: () => now });
  for (const time of times) {
    now = time;
    stop.request();
  }
  return { isStopped: stop.signal.aborted, exits };
}

test('the first request stops the command gracefully', () => {
  expect(requestsAt()).toEqual({ isStopped: false, exits: 0 });
  expect(requestsAt(0)).toEqual({ isStopped: true, exits: 0 });
});

test('a launcher and the process group can deliver the same request without ending the process', () => {
  expect(requestsAt(50, 60, 1049)).toEqual({ isStopped: true, exits: 0 });
});

test('a request after a second ends the process immediately', () => {
  expect(requestsAt(50, 1050)).toEqual({ isStopped: true, exits: 1 });
});
