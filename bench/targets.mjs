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

/**
 * Each target against each version of the peer that was measured. `measured`: measure -> subject -> summary; `density`: the section's answer.
 * @returns {{measure: string, value: string, of: string, against: string, atMost: number, ratio: number, met: boolean}[]}
 */
export function judge(measured, density) {
  const growth = density?.rows.findLast(({ subject }) => subject === crowded.of)?.toFirst;
  const judged = targets.flatMap(({ measure, value = 'median', of, against, atMost }) =>
    [against, `${against}-peer`].flatMap((peer) => {
      const ratio = measured[measure]?.[of]?.[value] / measured[measure]?.[peer]?.[value];
      return Number.isFinite(ratio) ? [{ measure, value, of, against: peer, atMost, ratio, met: ratio <= atMost }] : [];
    }),
  );
  return growth === undefined ? judged : [...judged, { ...crowded, ratio: growth, met: growth <= crowded.atMost }];
}
