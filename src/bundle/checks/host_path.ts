/** Resolves a host path from config.json: a relative one starts from the bundle, as in runc. */
export function hostPath(bundle: string, path: string): string {
  return path.startsWith('/') ? path : `${bundle}/${path}`;
}
