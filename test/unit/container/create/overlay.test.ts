import { describe, expect, test } from 'vitest';
import { overlayRequest } from '../../../../src/container/create/overlay.js';
import { bindFakeSys } from '../../fake_sys.js';

const lowersName = 'org.tsrun.overlay.lowers';

interface Asked {
  readonly overlay?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly allowed?: readonly string[];
}

function request({ overlay, annotations, allowed }: Asked): ReturnType<typeof overlayRequest> {
  bindFakeSys({
    directories: ['/bundle/rootfs', '/bundle/upper', '/upper', '/layers/a', '/layers/b'],
    files: { '/layers/file': '' },
    overrides: {
      realPath: ({ path }) => {
        if (path.includes('gone')) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT', errno: 2, call: 'realpath', subject: path });
        return path;
      },
    },
  });
  return overlayRequest({ overlay, annotations, allowed, rootfs: '/bundle/rootfs', workingDirectory: '/bundle' });
}

describe('an overlay', () => {
  test.each<readonly [string, Asked, ReturnType<typeof overlayRequest>]>([
    ['is not made when nobody asks', {}, null],
    ['is in memory', { overlay: 'memory' }, { lowers: ['/bundle/rootfs'], directory: null }],
    ['is in a directory', { overlay: '/upper' }, { lowers: ['/bundle/rootfs'], directory: '/upper' }],
    ['is in a directory beside the caller', { overlay: 'upper' }, { lowers: ['/bundle/rootfs'], directory: '/bundle/upper' }],
    [
      'is in memory when an annotation says so',
      { annotations: { 'org.tsrun.overlay': 'memory' } },
      { lowers: ['/bundle/rootfs'], directory: null },
    ],
    [
      'is in the directory of an annotation that the caller allows',
      { annotations: { 'org.tsrun.overlay': '/upper' }, allowed: ['org.tsrun.overlay'] },
      { lowers: ['/bundle/rootfs'], directory: '/upper' },
    ],
    [
      'is where the option says, whatever an annotation says',
      { overlay: '/upper', annotations: { 'org.tsrun.overlay': 'memory' } },
      { lowers: ['/bundle/rootfs'], directory: '/upper' },
    ],
    [
      'lies over the layers of an annotation that the caller allows',
      { overlay: 'memory', annotations: { [lowersName]: '["/layers/a","/layers/b"]' }, allowed: [lowersName] },
      { lowers: ['/layers/a', '/layers/b'], directory: null },
    ],
  ])('%s', (_, asked, expected) => {
    expect(request(asked)).toEqual(expected);
  });

  const layers = (text: string): Asked => ({ overlay: 'memory', annotations: { [lowersName]: text }, allowed: [lowersName] });
  test.each<readonly [string, Asked, Readonly<Record<string, unknown>>]>([
    ['an annotation that names a directory and nobody allowed', { annotations: { 'org.tsrun.overlay': '/upper' } }, { code: 'permission' }],
    [
      'layers without the option',
      { annotations: { 'org.tsrun.overlay': 'memory', [lowersName]: '["/layers/a"]' }, allowed: [lowersName] },
      { code: 'permission', hint: expect.stringContaining('--overlay') as string },
    ],
    ['an empty name', { overlay: '' }, { message: 'overlay "org.tsrun.overlay": must be "memory" or a directory' }],
    [
      'a relative directory in an annotation',
      { annotations: { 'org.tsrun.overlay': 'upper' }, allowed: ['org.tsrun.overlay'] },
      { message: 'overlay "org.tsrun.overlay": must be "memory" or an absolute directory, found "upper"' },
    ],
    ['layers that are no JSON', layers('/layers/a'), { message: `overlay "${lowersName}": must be a JSON array of absolute directories` }],
    ['no layer at all', layers('[]'), { message: expect.stringContaining('one or more absolute directories') as string }],
    ['a relative layer', layers('["layers/a"]'), { message: expect.stringContaining('one or more absolute directories') as string }],
    ['layers that are no list', layers('{}'), { message: expect.stringContaining('one or more absolute directories') as string }],
    ['a layer that is a file', layers('["/layers/file"]'), { message: 'overlay "/layers/file": an overlay directory must be a directory' }],
    [
      'a layer that is missing',
      layers('["/gone"]'),
      { code: 'bundle', operation: 'find overlay directory', path: '/gone', errno: 'ENOENT' },
    ],
    ['an upper directory that is missing', { overlay: '/gone' }, { code: 'bundle', path: '/gone', errno: 'ENOENT' }],
  ])('is refused with %s', (_, asked, expected) => {
    expect(() => request(asked)).toThrow(expect.objectContaining(expected) as Error);
  });
});
