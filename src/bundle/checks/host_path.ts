/** A path on the host as config.json writes it: relative ones count from the bundle, as in runc. */
export function hostPath(bundle: string, path: string): string {
  return path.startsWith('/') ? path : `${bundle}/${path}`;
}
