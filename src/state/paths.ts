/** The directory of a container. */
export function containerDirectory({ root, id }: { readonly root: string; readonly id: string }): string {
  return `${trimSlashes(root)}/${id}`;
}

export const recordFile = 'state.json';
/** What `delete --force` needs where state.json cannot be read. */
export const markFile = 'cgroup';

function trimSlashes(path: string): string {
  return path.replace(/\/+$/, '');
}
