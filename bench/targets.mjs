/** What tsrun is to reach, as ratios of medians (of the peak for memory) in one interleaved run. */
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

/** One more create among all the living containers, against the first. */
const crowded = { measure: 'density', value: 'createMs', of: 'tsrun', against: 'its first', atMost: 1.2 };

/** How little memory is enough for /bin/true, by each way to start it. */
const smallest = ['runKiB', 'createStartKiB'].map((value) => ({ measure: 'memory-floor', value, of: 'tsrun', against: 'crun', atMost: 1 }));

/**
 * Each target against each version of the peer that was measured.
 * @returns {{measure: string, value: string, of: string, against: string, atMost: number, ratio: number, met: boolean}[]}
 */
export function judge({ measured, sections }) {
  const floors = Object.fromEntries(sections['memory-floor']?.rows.map(({ subject, ...row }) => [subject, row]) ?? []);
  const growth = sections.density?.rows.findLast(({ subject }) => subject === crowded.of)?.toFirst;
  const judged = [
    ...targets.flatMap((target) => compare(target, measured[target.measure])),
    ...(growth === undefined ? [] : [{ ...crowded, ratio: growth }]),
    ...smallest.flatMap((target) => compare(target, floors)),
  ];
  return judged.map((target) => ({ ...target, met: target.ratio <= target.atMost }));
}

function compare({ value = 'median', ...target }, bySubject) {
  return [target.against, `${target.against}-peer`].flatMap((peer) => {
    const ratio = bySubject?.[target.of]?.[value] / bySubject?.[peer]?.[value];
    return Number.isFinite(ratio) ? [{ ...target, value, against: peer, ratio }] : [];
  });
}
