import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bindTargets, engineConfig } from './engine.mjs';

/** busybox must be static, because the root file system contains nothing else. */
const busybox = '/bin/busybox';
const applets = ['sh', 'true', 'sleep', 'cat', 'grep', 'readlink', 'hostname', 'stat', 'ls', 'head', 'wc'];

const here = import.meta.dirname;

/** What a container executes, by the last part of the bundle's name. */
const programs = { true: ['/bin/true'], sleep: ['/bin/sleep', '100000'], probe: ['/bin/probe'] };

/**
 * Writes the bundles below `directory`: for "default" and "engine", one whose process exits immediately, one whose process keeps running,
 * and one that prints what it is made of. All share one root file system. Returns the paths, such as `paths.default.true`.
 */
export function writeBundles({ directory, controllers }) {
  const rootfs = join(directory, 'rootfs');
  writeRoot(rootfs);
  const source = join(directory, 'bound');
  mkdirSync(source);
  const plain = JSON.parse(readFileSync(join(here, 'default.json'), 'utf8'));
  plain.root.path = rootfs;
  const configs = { default: plain, engine: engineConfig(plain, { source, controllers }) };
  const paths = {};
  for (const [kind, config] of Object.entries(configs)) {
    paths[kind] = {};
    for (const [name, args] of Object.entries(programs)) {
      const bundle = join(directory, `${kind}-${name}`);
      mkdirSync(bundle);
      writeFileSync(join(bundle, 'config.json'), JSON.stringify({ ...config, process: { ...config.process, args } }, null, 2));
      paths[kind][name] = bundle;
    }
  }
  return { rootfs, bundles: paths };
}

function writeRoot(rootfs) {
  for (const name of ['bin', 'dev', 'proc', 'sys', 'etc', 'tmp', ...bindTargets]) mkdirSync(join(rootfs, name), { recursive: true });
  const first = join(rootfs, 'bin/busybox');
  copyFileSync(busybox, first);
  chmodSync(first, 0o755);
  for (const applet of applets) linkSync(first, join(dirname(first), applet));
  copyFileSync(join(here, 'probe.sh'), join(rootfs, 'bin/probe'));
  chmodSync(join(rootfs, 'bin/probe'), 0o755);
}
