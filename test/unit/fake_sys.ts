import { bindSys } from '../../src/sys/call.js';
import type { Sys, FileStatus, SystemError } from '../../src/sys/contract.js';

/**
 * A sys for a machine in memory: files, directories, locks and time, with the kernel's errors. Calls that it does not implement throw.
 * `overrides` replaces single calls.
 */
export interface FakeSys {
  readonly sys: Sys;
  /** Every file by its absolute path. */
  readonly files: Map<string, string>;
  readonly directories: Set<string>;
  /** The absolute path for one that is relative to an open directory. */
  resolve(path: string, directory?: number): string;
  /** Every call that was made, in order: its name and the path. */
  readonly calls: string[];
}

export interface FakeSysOptions {
  /** Files that exist; the directories above them exist, too. */
  readonly files?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  /** Below this directory, mkdir creates a cgroup with its files, and rmdir removes it with them, as in cgroup2. */
  readonly cgroupMount?: string;
  /** The files of a new cgroup, in addition to `cgroup.procs` and `cgroup.controllers`. */
  readonly cgroupFiles?: Readonly<Record<string, string>>;
  readonly overrides?: Partial<Sys>;
}

const numbers: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  EPIPE: 32,
  ENOTEMPTY: 39,
};

/** The error that sys throws. */
export function systemError(code: string, call: string, subject: string): SystemError {
  return Object.assign(new Error(`${call} "${subject}": ${code}`), { code, errno: numbers[code] ?? 5, call, subject });
}

const O_CREAT = 0o100;

export function fakeSys(options: FakeSysOptions = {}): FakeSys {
  const files = new Map<string, string>();
  const directories = new Set<string>(['/']);
  const calls: string[] = [];
  const opened = new Map<number, string>();
  const locks = new Map<string, number>();
  let nextFd = 100;
  let now = 0;

  const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  const addDirectory = (path: string): void => {
    if (path !== '/') addDirectory(parent(path));
    directories.add(path);
  };
  const fail = (code: string, call: string, path: string): never => {
    throw systemError(code, call, path);
  };
  const inCgroups = (path: string): boolean => options.cgroupMount !== undefined && path.startsWith(`${options.cgroupMount}/`);
  const childrenOf = (path: string): string[] => {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...files.keys(), ...directories].filter(
      (other) => other !== path && other.startsWith(prefix) && !other.slice(prefix.length).includes('/'),
    );
  };
  const removeBelow = (path: string): void => {
    for (const name of [...files.keys()]) if (name.startsWith(`${path}/`)) files.delete(name);
    for (const name of [...directories]) if (name.startsWith(`${path}/`)) directories.delete(name);
  };
  const inode = (path: string): number =>
    [...path].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 1_000_003, generation.get(path) ?? 0);
  const generation = new Map<string, number>();

  for (const [path, text] of Object.entries(options.files ?? {})) {
    addDirectory(parent(path));
    files.set(path, text);
  }
  for (const path of options.directories ?? []) addDirectory(path);

  /** The absolute path of a file: below an open directory, or /proc/self/fd/N. */
  const absolute = (path: string, directory?: number): string => {
    if (directory !== undefined && directory >= 0 && !path.startsWith('/')) {
      const relative = path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/');
      return `${opened.get(directory) ?? fail('EBADF', 'openat', path)}/${relative}`;
    }
    return path.replace(/^\/proc\/self\/fd\/(\d+)/, (_, fd: string) => opened.get(Number(fd)) ?? fail('EBADF', 'open', path));
  };
  const lock = (path: string, fd: number): number => {
    if (locks.has(path)) return -1;
    locks.set(path, fd);
    return fd;
  };
  const attributes = new Map<string, string>();
  const attributeKey = (path: string, fd: number | undefined, name: string): string => {
    const named = fd === undefined ? path : (opened.get(fd) as string);
    return `${named} ${generation.get(named) ?? 0} ${name}`;
  };

  const descendantsOf = (path: string): string[] => [...directories].filter((other) => other.startsWith(`${path}/`));

  const implemented: Partial<Sys> = {
    open({ path: given, directory }) {
      const path = absolute(given, directory);
      if (!files.has(path) && !directories.has(path)) fail('ENOENT', 'openat2', path);
      opened.set(nextFd, path);
      return nextFd++;
    },
    close({ fd }) {
      if (!opened.has(fd)) fail('EBADF', 'close', String(fd));
      const path = opened.get(fd) as string;
      if (locks.get(path) === fd) locks.delete(path);
      opened.delete(fd);
    },
    readText({ path: given, directory }) {
      const path = absolute(given, directory);
      if (directories.has(path)) fail('EISDIR', 'read', path);
      if (inCgroups(parent(path)) && path.endsWith('/cgroup.stat')) return `nr_descendants ${descendantsOf(parent(path)).length}\n`;
      return files.get(path) ?? fail('ENOENT', 'open', path);
    },
    readBytes({ path }) {
      const text = files.get(path) ?? fail('ENOENT', 'open', path);
      return Uint8Array.from(text, (character) => character.charCodeAt(0));
    },
    writeFile({ path: given, text, flags, directory }) {
      const path = absolute(given, directory);
      if (directories.has(path)) fail('EISDIR', 'open', path);
      if (!files.has(path) && (flags & O_CREAT) === 0) fail('ENOENT', 'open', path);
      if (!directories.has(parent(path))) fail('ENOENT', 'open', path);
      files.set(path, text);
    },
    replaceFile({ path: given, text, directory }) {
      const path = absolute(given, directory);
      if (!directories.has(parent(path))) fail('ENOENT', 'open', path);
      files.set(path, text);
    },
    makeDirectory({ path }) {
      if (files.has(path) || directories.has(path)) fail('EEXIST', 'mkdir', path);
      if (!directories.has(parent(path))) fail('ENOENT', 'mkdir', path);
      directories.add(path);
      generation.set(path, (generation.get(path) ?? 0) + 1);
      if (!inCgroups(path)) return;
      const offered = files.get(`${parent(path)}/cgroup.subtree_control`) ?? '';
      const made = {
        'cgroup.procs': '',
        'cgroup.events': 'populated 0\nfrozen 0\n',
        'cgroup.controllers': offered,
        'cgroup.subtree_control': '',
        ...options.cgroupFiles,
      };
      for (const [name, text] of Object.entries(made)) files.set(`${path}/${name}`, text);
    },
    removeDirectory({ path }) {
      if (!directories.has(path)) fail('ENOENT', 'rmdir', path);
      if (inCgroups(path)) {
        if (childrenOf(path).some((child) => directories.has(child)) || (files.get(`${path}/cgroup.procs`) ?? '') !== '')
          fail('EBUSY', 'rmdir', path);
        removeBelow(path);
      }
      if (childrenOf(path).length > 0) fail('ENOTEMPTY', 'rmdir', path);
      directories.delete(path);
    },
    removeTree({ path, fd }) {
      const held = fd === undefined ? path : (opened.get(fd) as string);
      removeBelow(held);
      directories.delete(held);
    },
    unlink({ path }) {
      if (!files.delete(path)) fail('ENOENT', 'unlink', path);
    },
    rename({ from, to }) {
      files.set(to, files.get(from) ?? fail('ENOENT', 'rename', from));
      files.delete(from);
    },
    listDirectory({ path }) {
      if (!directories.has(path)) fail('ENOENT', 'open', path);
      return childrenOf(path).map((child) => child.slice(child.lastIndexOf('/') + 1));
    },
    status({ path, fd }) {
      const named = path === '' && fd !== undefined ? (opened.get(fd) as string) : path;
      const kind: FileStatus['kind'] | undefined = directories.has(named) ? 'directory' : files.has(named) ? 'file' : undefined;
      if (kind === undefined) return null;
      return {
        kind,
        mode: 0o755,
        uid: 0,
        gid: 0,
        size: files.get(named)?.length ?? 0,
        inode: inode(named),
        device: 1,
        major: 0,
        minor: 0,
        mount: 1,
        mountRoot: false,
      };
    },
    access: ({ path }) => files.has(path) || directories.has(path),
    openOwnDirectory({ path }) {
      if (files.has(path)) fail('ENOTDIR', 'open', path);
      if (!directories.has(path)) fail('ENOENT', 'open', path);
      opened.set(nextFd, path);
      return nextFd++;
    },
    takeDirectory(o) {
      bound.makeDirectory(o);
      return bound.lockDirectory({ path: o.path });
    },
    lockDirectory({ path, fd }) {
      if (files.has(path)) fail('ENOTDIR', 'open', path);
      if (!directories.has(path)) fail('ENOENT', 'open', path);
      if (fd !== undefined) return lock(path, fd);
      if (lock(path, nextFd) < 0) return -1;
      opened.set(nextFd, path);
      return nextFd++;
    },
    unlockDirectory: ({ fd }) => void locks.delete(opened.get(fd) as string),
    filesystemType: () => 0x01021994,
    setAttribute({ path, fd, name, value }) {
      const key = attributeKey(path, fd, name);
      if (attributes.has(key)) return false;
      attributes.set(key, value);
      return true;
    },
    removeAttribute: ({ fd, name }) => void attributes.delete(attributeKey('', fd, name)),
    attribute: ({ path, fd, name }) => attributes.get(attributeKey(path, fd, name)) ?? null,
    cgroupProcesses({ directory }) {
      const top = opened.get(directory) as string;
      return [...files]
        .filter(([name]) => name === `${top}/cgroup.procs` || (name.startsWith(`${top}/`) && name.endsWith('/cgroup.procs')))
        .flatMap(([, text]) =>
          text
            .split('\n')
            .filter((line) => line !== '')
            .map(Number),
        );
    },
    removeCgroupsBelow({ directory }) {
      const top = opened.get(directory) as string;
      const below = descendantsOf(top).sort((a, b) => b.length - a.length);
      if (below.some((path) => (files.get(`${path}/cgroup.procs`) ?? '') !== '')) return false;
      for (const path of below) bound.removeDirectory({ path });
      return true;
    },
    clock: () => ({ realtime: now, nanoseconds: 0, monotonic: now * 1e6 }),
    whenReadable({ timeout }) {
      now += Math.max(timeout, 0);
      // Through the event loop, so that a test that waits for something else continues.
      return new Promise((resolve) =>
        setImmediate(() => {
          resolve(-1);
        }),
      );
    },
  };

  const bound: Sys = { ...implemented, ...options.overrides } as Sys;
  const sys = new Proxy({} as Sys, {
    get(_, name: string) {
      const call: unknown = bound[name as keyof Sys];
      if (typeof call !== 'function') throw new Error(`the fake sys has no ${name}`);
      return (argument?: { readonly path?: string; readonly directory?: number }): unknown => {
        calls.push(`${name} ${name === 'open' ? absolute(argument?.path ?? '', argument?.directory) : (argument?.path ?? '')}`.trim());
        return (call as (argument: unknown) => unknown)(argument);
      };
    },
  });
  return { sys, files, directories, calls, resolve: absolute };
}

/** Binds a fake sys for the code under test. */
export function bindFakeSys(options: FakeSysOptions = {}): FakeSys {
  const fake = fakeSys(options);
  bindSys(fake.sys);
  return fake;
}
