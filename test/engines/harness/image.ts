import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { makeRootfs } from '../../oci/harness/bundle.js';
import { newDirectory } from '../../oci/harness/scratch.js';

/** The image's name in the engines. */
export const image = 'localhost/box:latest';

/** A tar archive of the file system of busybox: the only layer of the image. */
export function layerArchive(): string {
  const directory = newDirectory();
  const rootfs = `${directory}/rootfs`;
  makeRootfs(rootfs);
  // A file that is not a program, which an engine may be asked to execute.
  writeFileSync(`${rootfs}/etc/plain`, 'no program\n', { mode: 0o644 });
  return packed(rootfs, `${directory}/layer.tar`);
}

/**
 * The image as an archive in the layout of the OCI image specification, written by hand, because every image builder on the machine is
 * under test. `command` is what a container runs that is given none.
 * https://github.com/opencontainers/image-spec/blob/v1.0.2/image-layout.md
 */
export function imageArchive(name = image, command: readonly string[] = ['sh']): string {
  const directory = newDirectory();
  const layout = `${directory}/layout`;
  mkdirSync(`${layout}/blobs/sha256`, { recursive: true });
  const blob = (mediaType: string, data: Buffer | string): { mediaType: string; digest: string; size: number } => {
    const hash = createHash('sha256').update(data).digest('hex');
    writeFileSync(`${layout}/blobs/sha256/${hash}`, data);
    return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(data) };
  };
  const layer = blob('application/vnd.oci.image.layer.v1.tar', readFileSync(layerArchive()));
  const config = blob(
    'application/vnd.oci.image.config.v1+json',
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: command, Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      // Buildah wants an entry for each layer when it adds one.
      history: [{ created_by: 'tests' }],
    }),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = blob(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  writeFileSync(`${layout}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }));
  writeFileSync(`${layout}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  return packed(layout, `${directory}/image.tar`);
}

function packed(directory: string, archive: string): string {
  execFileSync('tar', ['--create', '--file', archive, '--directory', directory, '--owner=0', '--group=0', '.']);
  return archive;
}
