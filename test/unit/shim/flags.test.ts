import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../../src/shim/flags.js';

describe('the flags of the shim', () => {
  test('are those that containerd passes', () => {
    const words = [
      '-namespace',
      'default',
      '-address',
      '/run/c.sock',
      '-publish-binary',
      '/usr/bin/containerd',
      '-id',
      'box',
      '-debug',
      'start',
    ];
    expect(parseFlags(words)).toEqual({
      namespace: 'default',
      id: 'box',
      address: '/run/c.sock',
      bundle: '',
      socket: '',
      ttrpcAddress: '',
      debug: true,
      version: false,
      info: false,
      action: 'start',
    });
  });

  test('may have two dashes, a value after =, and false', () => {
    expect(parseFlags(['--id=a=b', '-debug=false', '-bundle', '/b', 'delete'])).toMatchObject({
      id: 'a=b',
      debug: false,
      bundle: '/b',
      action: 'delete',
    });
  });

  test('end with the first other word', () => {
    expect(parseFlags(['-v', 'x', '-info'])).toMatchObject({ version: true, info: false, action: 'x' });
    expect(parseFlags([])).toMatchObject({ action: '' });
  });

  test('that nobody knows are refused', () => {
    expect(() => parseFlags(['-colour', 'red', 'start'])).toThrow('flag provided but not defined: -colour');
  });
});
