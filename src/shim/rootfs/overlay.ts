/**
 * Options of an overlay with many layers, with their paths relative to the directory that all of them are in, because mount(2) takes one
 * page of options. The caller has to mount with that working directory.
 */
export function shortened(data: readonly string[]): { readonly directory?: string; readonly text: string } {
  const layers =
    data
      .find((option) => option.startsWith('lowerdir='))
      ?.slice('lowerdir='.length)
      .split(':') ?? [];
  const directory = commonDirectory(layers);
  if (directory === '/') return { text: data.join(',') };
  const relative = (path: string): string => path.slice(directory.length + 1);
  const text = data.map((option) => (option.startsWith('lowerdir=') ? `lowerdir=${layers.map(relative).join(':')}` : option)).join(',');
  return { directory, text };
}

/** The paths of `lowerdir`, topmost first. In it a backslash is in front of a colon of a path (overlayfs.rst, "Multiple lower layers"). */
export function lowerLayers(data: readonly string[]): readonly string[] {
  const option = data.find((one) => one.startsWith('lowerdir='));
  if (option === undefined) return [];
  return option
    .slice('lowerdir='.length)
    .split(/(?<!\\):/)
    .map((path) => path.replace(/\\(.)/g, '$1'));
}

/** The deepest directory that contains all paths. */
function commonDirectory(paths: readonly string[]): string {
  const [first = []] = paths.map((path) => path.split('/').slice(0, -1));
  let depth = first.length;
  for (const path of paths) {
    const parts = path.split('/');
    while (depth > 0 && first.slice(0, depth).join('/') !== parts.slice(0, depth).join('/')) depth--;
  }
  return first.slice(0, depth).join('/') || '/';
}
