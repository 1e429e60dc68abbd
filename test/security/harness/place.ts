import { chmodSync, copyFileSync } from 'node:fs';
import { program, type Bundle } from '../../oci/harness/index.js';

/** Puts test/programs/NAME.c into the rootfs and returns its path in the container. */
export function place(bundle: Bundle, name: string): string {
  const path = `/bin/${name}`;
  copyFileSync(program(name), bundle.rootfs + path);
  chmodSync(bundle.rootfs + path, 0o755);
  return path;
}
