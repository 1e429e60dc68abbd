import type { FileStatus, Sys } from '../../../../src/sys/contract.js';
import type { Pipe } from '../kernel/descriptors.js';
import { fail, filesystems } from '../kernel/tree.js';
import type { World } from '../world.js';

const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_APPEND = 0o2000;
const RESOLVE_IN_ROOT = 0x10;

/** Files by path: what they hold, their names and what statx(2) says. */
export function fileCalls({ tree, paths, descriptors, options }: World): Partial<Sys> {
  const replaceFile: Sys['replaceFile'] = ({ path, text, directory }) => {
    const { parent, name } = paths.splitAtName(path, directory, 'open');
    if (!parent.linked) fail('ENOENT', 'open', path);
    const before = parent.entries.get(name);
    if (before?.kind === 'directory') fail('EISDIR', 'rename', path);
    tree.attach(parent, name, tree.loose('file', parent.filesystem)).text = text;
  };
  return {
    open: ({ path, directory, resolve }) => {
      const inRoot = directory !== undefined && ((resolve ?? 0) & RESOLVE_IN_ROOT) !== 0;
      if (inRoot) return descriptors.add({ kind: 'file', node: paths.need(path.replace(/^\/+/, ''), 'openat2', directory) });
      if (path === '/dev/tty' && options.terminals !== true) fail('ENXIO', 'openat2', path);
      if (path === '/dev/null' || path === '/dev/tty') return descriptors.add({ kind: 'other', what: path });
      if (path.includes('/ns/')) return descriptors.add({ kind: 'other', what: `namespace ${path}` });
      return descriptors.add({ kind: 'file', node: paths.need(path, 'openat2', directory) });
    },
    close: ({ fd }) => {
      descriptors.close(fd);
    },
    readText: ({ path, directory }) => paths.read(paths.need(path, 'open', directory), path),
    readBytes: ({ path }) => Buffer.from(paths.read(paths.need(path, 'open'), path)),
    writeFile: ({ path, text, flags, directory }) => {
      let node = paths.find(path, directory);
      if (node !== null && (flags & O_EXCL) !== 0) fail('EEXIST', 'open', path);
      if (node === null && (flags & O_CREAT) === 0) fail('ENOENT', 'open', path);
      node ??= paths.create(path, 'file', directory);
      paths.write(node, (flags & O_APPEND) !== 0 && node.write === null ? node.text + text : text, path);
    },
    memoryFile: ({ text }) => {
      const node = tree.loose('file', filesystems.tmpfs);
      node.text = text;
      return descriptors.add({ kind: 'file', node });
    },
    replaceFile,
    replaceBytes: ({ path, data, directory }) => {
      replaceFile({
        path,
        text: Buffer.from(data).toString('latin1'),
        mode: 0,
        sync: false,
        ...(directory === undefined ? {} : { directory }),
      });
    },
    digest: ({ text }) => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64),
    watchFile: ({ path }) => {
      const node = paths.need(path, 'inotify_add_watch');
      const pipe: Pipe = { text: '', writers: 1, endless: false };
      node.watches.push(pipe);
      return descriptors.add({ kind: 'read', pipe });
    },
    unlink: ({ path }) => {
      tree.detach(paths.need(path, 'unlink'));
    },
    rename: ({ from, to }) => {
      const node = paths.need(from, 'rename');
      const { parent, name } = paths.splitAtName(to, undefined, 'rename');
      tree.detach(node);
      tree.attach(parent, name, node);
    },
    status: ({ path, fd }) => {
      if (path === '' && fd !== undefined) {
        const handle = descriptors.get(fd, 'statx');
        if (handle.kind === 'other' && handle.what === 'terminal master')
          return { ...(paths.status(tree.root) as FileStatus), kind: 'character', major: 5, minor: 2 };
        return paths.status(handle.kind === 'file' ? handle.node : null);
      }
      return paths.status(paths.find(path));
    },
    access: ({ path }) => paths.find(path) !== null,
    realPath: ({ path }) => {
      const absolute = path.startsWith('/') ? path : `/work/${path}`;
      return paths.need(absolute.replace(/\/\.$/, ''), 'realpath').path;
    },
    readLink: ({ path }) => {
      if (path === '/proc/self/ns/user') return 'user:[4026531837]';
      const fd = /^\/proc\/self\/fd\/(\d+)$/.exec(path);
      const handle = fd === null ? undefined : descriptors.open.get(Number(fd[1]));
      return handle?.kind === 'other' ? handle.what : fail('EINVAL', 'readlink', path);
    },
    filesystemType: ({ path }) => paths.need(path, 'statfs').filesystem,
    hasChanged: () => false,
    setAttribute: ({ path, fd, name, value }) => {
      const { attributes } = fd === undefined ? paths.need(path, 'setxattr') : descriptors.node(fd, 'setxattr');
      if (attributes.has(name)) return false;
      attributes.set(name, value);
      return true;
    },
    removeAttribute: ({ fd, name }) => void descriptors.node(fd, 'removexattr').attributes.delete(name),
    attribute: ({ path, fd, name }) => {
      const node = fd === undefined ? paths.find(path) : descriptors.node(fd, 'getxattr');
      return node?.attributes.get(name) ?? null;
    },
  };
}
