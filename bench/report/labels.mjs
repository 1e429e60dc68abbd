/** "crun-peer" -> "crun 1.28", from what the subject said of its version. */
export function labelOf(subject, versions) {
  const version = /\d+(\.\d+)+/.exec(versions[subject] ?? '')?.[0];
  const name = { floor: 'the system calls alone (C)', library: 'tsrun, library', 'tsrun-node': 'tsrun, on Node.js' }[subject] ?? subject.replace('-peer', '');
  return version === undefined ? name : `${name} ${version}`;
}
