/** tsrun's targets, as ratios of medians (of the peak for memory) in one interleaved run. */
export const targets = [
  { measure: 'run', of: 'library', against: 'floor', atMost: 1.3 },
  { measure: 'launch', of: 'library-warm', against: 'floor', atMost: 0.5 },
  { measure: 'run', of: 'tsrun', against: 'crun', atMost: 0.85 },
  { measure: 'run', of: 'tsrun', against: 'runc', atMost: 0.3 },
  { measure: 'run-engine', of: 'tsrun', against: 'crun', atMost: 0.85 },
  { measure: 'run-engine', of: 'tsrun', against: 'runc', atMost: 0.2 },
  { measure: 'lifecycle', of: 'tsrun', against: 'crun', atMost: 0.95 },
  { measure: 'lifecycle', of: 'tsrun', against: 'runc', atMost: 0.1 },
  { measure: 'lifecycle-ended', of: 'tsrun', against: 'crun', atMost: 0.95 },
  ...['exec', 'state', 'kill'].map((measure) => ({ measure, of: 'tsrun', against: 'crun', atMost: 0.95 })),
  ...['run', 'exec', 'state'].map((measure) => ({ measure, value: 'peakRss', of: 'tsrun', against: 'crun', atMost: 1.2 })),
];

/** One more create with all containers alive, compared with the first create. */
const crowded = { measure: 'density', value: 'createMs', of: 'tsrun', against: 'its first', atMost: 1.2 };

/** The smallest memory in which /bin/true starts, for each way to start it. */
const smallest = ['runKiB', 'createStartKiB'].map((value) => ({ measure: 'memory-floor', value, of: 'tsrun', against: 'crun', atMost: 1 }));

/** With the systemd cgroup driver, most of the time is systemd's. */
const inScope = { measure: 'systemd', value: 'createScopeMs', of: 'tsrun', against: 'crun', atMost: 1 };

/** tsrun's shim, against containerd's with crun. */
const asShim = Object.entries({
  apiMs: 0.3,
  ctrMs: 0.5,
  execMs: 0.55,
  fourMs: 0.3,
  startMs: 0.3,
  deleteMs: 0.2,
  rssKiB: 0.25,
  tenRssKiB: 0.25,
  pssKiB: 0.36,
  tenPssKiB: 0.27,
}).map(([value, atMost]) => ({ measure: 'engines', value, of: 'tsrun.v2', against: 'runc.v2 + crun', atMost }));

/** A server with a container for each request, from the warm pool, against the same without. Each value is smaller if it is better. */
const asServer = [
  { measure: 'server', value: 'eightMs', of: 'library-warm', against: 'library', atMost: 1 / 1.3 },
  { measure: 'server', value: 'p50Ms', of: 'library-warm', against: 'library', atMost: 0.6 },
];
/** Its times at 70 % of its highest rate. */
const evenly = { measure: 'server', value: 'p99ToP50', of: 'library-warm', against: 'its median', atMost: 3 };

/**
 * Judges each target against each measured version of the peer.
 * @returns {{measure: string, value: string, of: string, against: string, atMost: number, ratio: number, met: boolean}[]}
 */
export function judge({ measured, sections }) {
  const bySubject = (name) => Object.fromEntries(sections[name]?.rows.map(({ subject, ...row }) => [subject, row]) ?? []);
  const growth = sections.density?.rows.findLast(({ subject }) => subject === crowded.of)?.toFirst;
  const spread = bySubject('server')[evenly.of]?.[evenly.value];
  const judged = [
    ...targets.flatMap((target) => compare(target, measured[target.measure])),
    ...(growth === undefined ? [] : [{ ...crowded, ratio: growth }]),
    ...smallest.flatMap((target) => compare(target, bySubject('memory-floor'))),
    ...compare(inScope, bySubject('systemd')),
    ...asServer.flatMap((target) => compare(target, bySubject('server'))),
    ...(spread === undefined ? [] : [{ ...evenly, ratio: spread }]),
    ...asShim.flatMap((target) => compare(target, bySubject('engines'))),
  ];
  return judged.map((target) => ({ ...target, met: target.ratio <= target.atMost }));
}

function compare({ value = 'median', ...target }, bySubject) {
  return [target.against, `${target.against}-peer`].flatMap((peer) => {
    const ratio = bySubject?.[target.of]?.[value] / bySubject?.[peer]?.[value];
    return Number.isFinite(ratio) ? [{ ...target, value, against: peer, ratio }] : [];
  });
}
