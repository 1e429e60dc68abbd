import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The image that engines run: the root file system of the default bundle, which has a `/bin/true`. */
export const image = 'localhost/bench:latest';

/** A tar archive of it. */
export function imageArchive(bundle, directory) {
  const archive = join(directory, 'image.tar');
  const { path } = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')).root;
  execFileSync('tar', ['--create', '--file', archive, '--directory', resolve(bundle, path), '--owner=0', '--group=0', '.']);
  return archive;
}
