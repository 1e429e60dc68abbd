import type { Device, Spec } from '../../spec/types.js';
import type { PlanContext } from '../context.js';
import { devIsBound } from './index.js';
import type { Operation } from '../../protocol/operations.js';
import { cleanPath } from '../../spec/cleaned_path.js';

/** The devices that config.md ("Default Devices") requires. ptmx is a link, and console comes with the terminal. */
const defaultDevices: readonly Device[] = [
  { path: '/dev/null', type: 'c', major: 1, minor: 3 },
  { path: '/dev/zero', type: 'c', major: 1, minor: 5 },
  { path: '/dev/full', type: 'c', major: 1, minor: 7 },
  { path: '/dev/random', type: 'c', major: 1, minor: 8 },
  { path: '/dev/urandom', type: 'c', major: 1, minor: 9 },
  { path: '/dev/tty', type: 'c', major: 5, minor: 0 },
];

/**
 * config-linux.md, "/dev symbolic links", and runc's /dev/core. A file of the image with such a name stays, as in runc and crun; what
 * `cover` names is bound over it, so that /dev/ptmx is always the multiplexer of the container's own devpts
 * (Documentation/filesystems/devpts.rst).
 */
const links = [
  { target: '/proc/self/fd', path: '/dev/fd', cover: '' },
  { target: '/proc/self/fd/0', path: '/dev/stdin', cover: '' },
  { target: '/proc/self/fd/1', path: '/dev/stdout', cover: '' },
  { target: '/proc/self/fd/2', path: '/dev/stderr', cover: '' },
  { target: '/proc/kcore', path: '/dev/core', cover: '' },
  { target: 'pts/ptmx', path: '/dev/ptmx', cover: '/dev/pts/ptmx' },
] as const;

/** File type bits of mknod(2); `u` is an unbuffered character device. */
const typeBits = { c: 0o020000, u: 0o020000, b: 0o060000, p: 0o010000 } as const;

const defaultMode = 0o666;

/** Creates device nodes and links in /dev, unless /dev is the host's. */
export function deviceOperations(context: PlanContext): readonly Operation[] {
  const { input, namespaces } = context;
  if (!namespaces.own.has('mount') || devIsBound(context)) return [];
  // mknod(2) of devices fails in user namespaces, so the host's nodes are bound there.
  const bind = namespaces.user !== 'host' || input.host.inUserNamespace ? 1 : 0;
  const byPath = devicesByPath(input.spec);
  return [
    ...[...byPath].map(([path, device]) => deviceOperation(path, device, bind)),
    ...links.filter(({ path }) => !byPath.has(path)).map((link) => ({ op: 'symlink', ...link }) as const),
  ];
}

/** The devices of a container: the default ones and those of its configuration, by their paths in it. */
export function devicesByPath({ linux }: Spec): ReadonlyMap<string, Device> {
  const byPath = new Map<string, Device>(defaultDevices.map((device) => [device.path, device]));
  for (const device of linux?.devices ?? []) byPath.set(cleanPath(device.path), device);
  // It is always the link above.
  byPath.delete('/dev/ptmx');
  return byPath;
}

function deviceOperation(path: string, device: Device, bind: number): Operation {
  const { type, major = 0, minor = 0, fileMode = defaultMode, uid = 0, gid = 0 } = device;
  return {
    op: 'device',
    mode: typeBits[type] | (fileMode & 0o7777),
    major,
    minor,
    uid,
    gid,
    // A FIFO is not a device, so everybody may create one.
    bind: type === 'p' ? 0 : bind,
    covers: defaultDevices.includes(device) ? 1 : 0,
    path,
  };
}
