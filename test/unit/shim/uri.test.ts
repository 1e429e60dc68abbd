import { describe, expect, test } from 'vitest';
import { pathOf, wordsOf } from '../../../src/shim/io/uri.js';

describe('the URI of a stream', () => {
  test.each([
    ['/var/log/a', '/var/log/a'],
    ['/a%20b%25c%3Fd?x=1', '/a b%c?d'],
    ['/a+b#c', '/a+b'],
    ['/100%', '/100%'],
    ['', ''],
  ])('%s has the path %s', (rest, path) => expect(pathOf(rest)).toBe(path));

  test.each([
    ['/log', []],
    ['/log?', []],
    ['/log?a=1&b', ['a', '1', 'b']],
    ['/log?a=dark%20blue+sky&b=x=y#c=d', ['a', 'dark blue sky', 'b', 'x=y']],
    ['/log?=&&', []],
    ['/log?a=100%', ['a', '100%']],
  ])('%s has the words %j', (rest, words) => expect(wordsOf(rest)).toEqual(words));
});
