const names = {
  floor: 'the system calls alone (C)',
  library: 'tsrun, library',
  'library-warm': 'tsrun, library, prewarmed',
  'tsrun-node': 'tsrun, on Node.js',
};

/** "crun-peer" -> "crun 1.28", from the version that the subject reports. */
export function labelOf(subject, versions) {
  const version = /\d+(\.\d+)+/.exec(versions[subject] ?? '')?.[0];
  const name = names[subject] ?? subject.replace('-peer', '');
  return version === undefined ? name : `${name} ${version}`;
}
