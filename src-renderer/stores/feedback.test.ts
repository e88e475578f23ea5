import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  announcePolitely,
  createFeedbackStore,
  holdToast,
  longToastMs,
  resumeToast,
  showToast,
  toastMs,
} from './feedback.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a toast lasts as long as stated, also when something is announced meanwhile', () => {
  const store = createFeedbackStore();
  showToast(store, { sentence: 'Link copied', tone: 'done' });
  vi.advanceTimersByTime(toastMs - 1);
  announcePolitely(store, '3 files uploaded.');
  expect(store.getState().toast?.sentence).toBe('Link copied');
  vi.advanceTimersByTime(1);
  expect(store.getState().toast).toBeUndefined();
});

test('a toast that replaces another one has its full duration', () => {
  const store = createFeedbackStore();
  showToast(store, { sentence: 'first', tone: 'done' });
  vi.advanceTimersByTime(toastMs - 1);
  showToast(store, { sentence: 'second', tone: 'warn' });
  vi.advanceTimersByTime(longToastMs - 1);
  expect(store.getState().toast?.sentence).toBe('second');
  vi.advanceTimersByTime(1);
  expect(store.getState().toast).toBeUndefined();
});

test('a toast that is held again stays', () => {
  const store = createFeedbackStore();
  showToast(store, { sentence: 'Link copied', tone: 'done' });
  resumeToast(store);
  holdToast(store);
  vi.advanceTimersByTime(toastMs);
  expect(store.getState().toast).toBeDefined();
});

test('a toast stays while it is held', () => {
  const store = createFeedbackStore();
  showToast(store, { sentence: 'Link copied', tone: 'done' });
  holdToast(store);
  vi.advanceTimersByTime(longToastMs * 2);
  expect(store.getState().toast).toBeDefined();
  resumeToast(store);
  vi.advanceTimersByTime(toastMs);
  expect(store.getState().toast).toBeUndefined();
});
