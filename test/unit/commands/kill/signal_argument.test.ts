import { expect, test } from 'vitest';
import { signalArgument } from '../../../../src/commands/kill/signal_argument.js';

test.each([
  ['SIGTERM', 15],
  ['TERM', 15],
  ['kill', 9],
  ['9', 9],
  ['SIGRTMIN+1', 35],
])('the signal %s is %i', (text, number) => {
  expect(signalArgument(text)).toBe(number);
});

test.each(['BOGUS', '99', '-1', '1x', '', 'SIG', '1.5', 'constructor'])('%j is not a signal', (text) => {
  expect(() => signalArgument(text)).toThrow(`unknown signal ${JSON.stringify(text)}`);
});
