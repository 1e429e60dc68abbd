import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { defaultConfig, type Config } from './config.js';
import { newDirectory, scratch } from './scratch.js';

export interface Bundle {
  readonly directory: string;
  readonly rootfs: string;
  readonly config: Config;
  /** Writes config.json again after a change of {@link config}. */
  save(): void;
}

export interface BundleOptions {
  /** The program; default: `sleep 1000`. */
  readonly args?: readonly string[];
  /** A shell script to run instead of {@link args}. */
  readonly script?: string;
  /** Changes the default configuration. */
  readonly config?: (config: Config) => void;
  /** The owner of everything in the rootfs: the host's id of a user namespace's root. */
  readonly owner?: number;
}

/** The applets of busybox that tests use. */
const applets =
  'awk cat chmod chown chrt cut date dd df dirname echo env expr false find getopt grep head hostname id ifconfig ionice ip ipcs kill ln ls mkdir mkfifo mknod mount mv nc pidof printenv printf ps pwd readlink realpath renice rm rmdir sed seq setsid sh sleep sort stat stty sync tail tee test timeout touch tr true tty umount uname uniq unshare uptime vi wc which whoami xargs yes';

const directories = ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'root', 'home'];

/** Creates a bundle with a rootfs of busybox within milliseconds: the program is a hard link, its applets are symlinks. */
export function makeBundle(options: BundleOptions = {}): Bundle {
  const directory = newDirectory();
  // A user namespace's root must be able to reach its rootfs.
  chmodSync(scratch, 0o755);
  const rootfs = `${directory}/rootfs`;
  makeRootfs(rootfs);
  if (options.owner !== undefined) giveAway(rootfs, options.owner);
  const args = options.script === undefined ? (options.args ?? ['sleep', '1000']) : ['sh', '-c', options.script];
  const config = defaultConfig(args);
  options.config?.(config);
  const save = (): void => writeFileSync(`${directory}/config.json`, jsonOf(config));
  save();
  return { directory, rootfs, config, save };
}

/** JSON.stringify that writes bigints as integers. */
export function jsonOf(value: unknown): string {
  const marked = JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `<<${member}>>` : member), 2);
  return marked.replace(/"<<(-?\d+)>>"/g, '$1');
}

/** `copy`: for another file system, where the program cannot be a link. */
export function makeRootfs(rootfs: string, { copy = false } = {}): void {
  mkdirSync(rootfs);
  for (const name of directories) mkdirSync(`${rootfs}/${name}`);
  chmodSync(`${rootfs}/tmp`, 0o1777);
  (copy ? copyFileSync : linkSync)(busybox(), `${rootfs}/bin/busybox`);
  for (const name of applets.split(' ')) symlinkSync('busybox', `${rootfs}/bin/${name}`);
  writeFileSync(`${rootfs}/etc/passwd`, 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n');
  writeFileSync(`${rootfs}/etc/group`, 'root:x:0:\nuser:x:1000:\n');
}

/** A copy on the same file system as the bundles, for hard links. */
function busybox(): string {
  const copy = `${scratch}/busybox`;
  if (existsSync(copy)) return copy;
  const original = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (original === undefined) throw new Error('busybox is missing: install the package busybox-static');
  copyFileSync(original, copy);
  chmodSync(copy, 0o755);
  return copy;
}

function giveAway(path: string, owner: number): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) giveAway(`${path}/${entry.name}`, owner);
    // The program is shared with the other bundles and must stay root's.
    else if (entry.isSymbolicLink()) lchownSync(`${path}/${entry.name}`, owner, owner);
  }
  chownSync(path, owner, owner);
}
