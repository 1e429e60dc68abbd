import { expect, it } from 'vitest';
import { parseSignal } from '../../../src/spec/names/signals.js';

it.each([
  ['SIGTERM', 15],
  ['TERM', 15],
  ['term', 15],
  ['sigkill', 9],
  ['15', 15],
  ['0', 0],
  ['64', 64],
  ['SIGRTMIN', 34],
  ['RTMIN+3', 37],
  ['SIGRTMAX-1', 63],
  ['IOT', 6],
])('the text %s is signal %d', (text, number) => {
  expect(parseSignal(text)).toBe(number);
});

it.each(['', 'SIG', 'SIGFOO', '65', '-1', '1.5', '15 ', 'RTMIN-1', 'RTMAX+1', 'toString', 'SIGSIGTERM'])('%j is not a signal', (text) => {
  expect(parseSignal(text)).toBeUndefined();
});
