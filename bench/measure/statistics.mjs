/** The value below which a share of the sorted values lies (nearest rank). */
export function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

const ascending = (values) => [...values].sort((a, b) => a - b);

export function median(values) {
  return percentile(ascending(values), 0.5);
}

/** Samples in nanoseconds and KiB -> milliseconds and KiB. */
export function summarize(samples) {
  const times = ascending(samples.map(({ ns }) => ns / 1e6));
  const sizes = samples.map(({ rss }) => rss).filter((rss) => rss !== undefined);
  return {
    samples: times.length,
    least: times[0],
    median: percentile(times, 0.5),
    p90: percentile(times, 0.9),
    p99: percentile(times, 0.99),
    ...(sizes.length === 0 ? {} : { peakRss: Math.max(...sizes) }),
    milliseconds: samples.map(({ ns }) => Math.round(ns / 1e3) / 1e3),
  };
}
